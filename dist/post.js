/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
/******/ 	var __webpack_modules__ = ({

/***/ 71:
/***/ ((module) => {

module.exports = require("./action.js");

/***/ })

/******/ 	});
/************************************************************************/
/******/ 	// The module cache
/******/ 	var __webpack_module_cache__ = {};
/******/ 	
/******/ 	// The require function
/******/ 	function __nccwpck_require__(moduleId) {
/******/ 		// Check if module is in cache
/******/ 		var cachedModule = __webpack_module_cache__[moduleId];
/******/ 		if (cachedModule !== undefined) {
/******/ 			return cachedModule.exports;
/******/ 		}
/******/ 		// Create a new module (and put it into the cache)
/******/ 		var module = __webpack_module_cache__[moduleId] = {
/******/ 			// no module.id needed
/******/ 			// no module.loaded needed
/******/ 			exports: {}
/******/ 		};
/******/ 	
/******/ 		// Execute the module function
/******/ 		var threw = true;
/******/ 		try {
/******/ 			__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 			threw = false;
/******/ 		} finally {
/******/ 			if(threw) delete __webpack_module_cache__[moduleId];
/******/ 		}
/******/ 	
/******/ 		// Return the exports of the module
/******/ 		return module.exports;
/******/ 	}
/******/ 	
/************************************************************************/
/******/ 	/* webpack/runtime/asset-relocator-loader */
/******/ 	if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = __dirname + "/";
/******/ 	
/******/ 	/* webpack/runtime/create fake namespace object */
/******/ 	(() => {
/******/ 		var getProto = Object.getPrototypeOf ? (obj) => (Object.getPrototypeOf(obj)) : (obj) => (obj.__proto__);
/******/ 		var leafPrototypes;
/******/ 		// create a fake namespace object
/******/ 		// mode & 1: value is a module id, require it
/******/ 		// mode & 2: merge all properties of value into the ns
/******/ 		// mode & 4: return value when already ns object
/******/ 		// mode & 16: return value when it's Promise-like
/******/ 		// mode & 8|1: behave like require
/******/ 		__nccwpck_require__.t = function(value, mode) {
/******/ 			if(mode & 1) value = this(value);
/******/ 			if(mode & 8) return value;
/******/ 			if(typeof value === 'object' && value) {
/******/ 				if((mode & 4) && value.__esModule) return value;
/******/ 				if((mode & 16) && typeof value.then === 'function') return value;
/******/ 			}
/******/ 			var ns = Object.create(null);
/******/ 			__nccwpck_require__.r(ns);
/******/ 			var def = {};
/******/ 			leafPrototypes = leafPrototypes || [null, getProto({}), getProto([]), getProto(getProto)];
/******/ 			for(var current = mode & 2 && value; typeof current == 'object' && !~leafPrototypes.indexOf(current); current = getProto(current)) {
/******/ 				Object.getOwnPropertyNames(current).forEach((key) => (def[key] = () => (value[key])));
/******/ 			}
/******/ 			def['default'] = () => (value);
/******/ 			__nccwpck_require__.d(ns, def);
/******/ 			return ns;
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/define property getters */
/******/ 	(() => {
/******/ 		// define getter functions for harmony exports
/******/ 		__nccwpck_require__.d = (exports, definition) => {
/******/ 			for(var key in definition) {
/******/ 				if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 					Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 				}
/******/ 			}
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/hasOwnProperty shorthand */
/******/ 	(() => {
/******/ 		__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/make namespace object */
/******/ 	(() => {
/******/ 		// define __esModule on exports
/******/ 		__nccwpck_require__.r = (exports) => {
/******/ 			if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 				Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 			}
/******/ 			Object.defineProperty(exports, '__esModule', { value: true });
/******/ 		};
/******/ 	})();
/******/ 	
/************************************************************************/
var __webpack_exports__ = {};

;// CONCATENATED MODULE: ./build/post/decide.js
function decide(state, jobStatus) {
    if (state === undefined)
        return undefined;
    if (state === 'unreadable')
        return { task: 'warn of unreadable state' };
    if (state.phase !== 'ready' || state.revoke === 'after-job')
        return { task: 'clean up', state };
    if (jobStatus === 'success')
        return undefined;
    return { task: ['failure', 'cancelled'].includes(jobStatus) ? 'clean up' : 'warn of status', state };
}

;// CONCATENATED MODULE: ./build/pinata/types.js
const DEFAULT_API_URL = 'https://api.pinata.cloud/v3';
function publicName(control) {
    return control.kind === 'key' ? control.id : control.value;
}
function types_idOf({ id }) {
    return typeof id === 'string' ? id : id.reveal();
}
function secretOf(control) {
    return control.kind === 'key' ? control.value : control.id;
}
function controlsOf({ keys, origins }) {
    return [...keys, ...origins];
}
const ID = /^(?!\s|\.{1,2}$)[^\p{C}\p{Zl}\p{Zp}]{1,256}(?<!\s)$/u;
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/;
function isId(value) {
    return typeof value === 'string' && ID.test(value) && !JWT.test(value);
}
const ORIGIN = /^https:\/\/(\[[\da-f:.]{2,45}\]|(?=.{1,253}(:|$))[\w-]+(\.[\w-]+)*)(:\d{1,5})?$/;
function isOrigin(value) {
    return typeof value === 'string' && ORIGIN.test(value);
}

;// CONCATENATED MODULE: ./build/secret.js
class Secret {
    #value;
    constructor(value) {
        this.#value = value;
    }
    reveal() {
        return this.#value;
    }
    toString() {
        return '***';
    }
    toJSON() {
        return '***';
    }
    [Symbol.for('nodejs.util.inspect.custom')]() {
        return '***';
    }
}

;// CONCATENATED MODULE: ./build/state/state.js


const STATE_KEY = 'post-step';
function saveState(save, target, phase) {
    const { control, ...rest } = { control: undefined, ...phase };
    const saved = control && { id: idOf(control), createdAt: control.createdAt };
    save(STATE_KEY, phase === undefined ? '' : JSON.stringify({ ...target, ...rest, ...saved }));
}
function readState(env) {
    const text = env[`STATE_${STATE_KEY}`] ?? '';
    if (text === '')
        return undefined;
    try {
        return parseState(JSON.parse(text)) ?? 'unreadable';
    }
    catch {
        return 'unreadable';
    }
}
function parseState(saved) {
    const { apiUrl, phase, before, startedAtMs, record, revoke, id, createdAt } = saved;
    const [gateway, wanted] = [saved.gateway, saved.wanted];
    const isUrl = /^https?:\/\//.test(String(apiUrl)) && typeof gateway.url === 'string';
    const isKey = wanted.kind === 'key';
    const isKind = isKey || (wanted.kind === 'origin' && isOrigin(wanted.value));
    if (!isUrl || !isId(gateway.id) || !isKind)
        return undefined;
    const target = { apiUrl, gateway, wanted };
    if (phase === 'creating' && isSnapshot(before) && typeof startedAtMs === 'number') {
        return { ...target, phase, before, startedAtMs };
    }
    if (!isId(id) || typeof createdAt !== 'string')
        return undefined;
    const control = { ...target.wanted, id: isKey ? id : new Secret(id), createdAt };
    if (phase === 'created' && isSavedRecord(record))
        return { ...target, phase, control, record };
    const isReady = phase === 'ready' && (revoke === 'on-failure' || revoke === 'after-job');
    return isReady ? { ...target, phase, control, revoke } : undefined;
}
function isSavedRecord(value) {
    const { name, proof } = (value ?? { name: '', proof: 'none' });
    return typeof name === 'string' && typeof proof === 'string' && proof !== '';
}
function isSnapshot(value) {
    const { prints, since = '', read } = value;
    return typeof prints === 'string' && typeof read === 'boolean' && typeof since === 'string';
}

;// CONCATENATED MODULE: ./build/post.js


const plan = decide(readState(process.env), (process.env['INPUT_JOB-STATUS'] ?? '').trim());
if (plan !== undefined)
    void Promise.resolve(/* import() */).then(__nccwpck_require__.t.bind(__nccwpck_require__, 71, 23)).then(({ post }) => post(plan));

module.exports = __webpack_exports__;
/******/ })()
;