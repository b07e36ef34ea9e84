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
/**
 * Decides what the post step has to do.
 *
 * @param jobStatus `success`, `failure` or `cancelled`, as the runner evaluates `${{ job.status }}` for the post step
 * @returns `undefined` if there is nothing to do
 */
function decide(state, jobStatus) {
    if (state === undefined)
        return undefined;
    if (state === 'unreadable')
        return { task: 'warn' };
    if (state.phase === 'creating')
        return { task: 'report unclaimed', state };
    if (state.phase === 'created')
        return { task: 'roll back', state };
    if (state.revoke === 'after-job')
        return { task: 'revoke', state };
    if (state.revoke === 'never' || jobStatus === 'success')
        return undefined;
    return { task: ['failure', 'cancelled'].includes(jobStatus) ? 'revoke' : 'warn of status', state };
}

;// CONCATENATED MODULE: ./build/pinata/types.js
/** The name of an access control in logs, outputs and records: the ID of a key, the value of an origin. */
function publicName(control) {
    return control.kind === 'key' ? control.id : control.value;
}
/** The ID, which must not be printed unless it is a key's. */
function types_idOf({ id }) {
    return typeof id === 'string' ? id : id.reveal();
}
/** The part that can only be read with a JWT: the value of a key, the ID of an origin. */
function secretOf(control) {
    return control.kind === 'key' ? control.value : control.id;
}
/** The access controls of a gateway that this action creates. */
function controlsOf({ keys, origins }) {
    return [...keys, ...origins];
}
/** Printable text, so that it can be shown. */
const ID = /^[^\p{C}\p{Zl}\p{Zp}]{1,256}$/u;
/** The shape of a JWT. Only the words of an error depend on it: Pinata decides what it accepts. */
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/;
/** Whether a value can be an ID of Pinata's. `..` can't: in a path, it would turn the DELETE of a key into one of its gateway. */
function isId(value) {
    // A server that sends the JWT back gets it printed nowhere.
    if (typeof value !== 'string' || !ID.test(value) || JWT.test(value))
        return false;
    return value === value.trim() && value !== '.' && value !== '..';
}
const ORIGIN = /^https:\/\/(\[[\da-f:.]{2,45}\]|(?=.{1,253}(:|$))[\w-]+(\.[\w-]+)*)(:\d{1,5})?$/;
/** Whether a value is a web origin in the form in which a browser sends it, as far as the action records it. */
function isOrigin(value) {
    return typeof value === 'string' && ORIGIN.test(value);
}

;// CONCATENATED MODULE: ./build/secret.js
/** A secret value. It prints and serialises as `***`; only {@link Secret.reveal} gives the value. */
class Secret {
    #value;
    constructor(value) {
        this.#value = value;
    }
    /** The value itself, for the place that it is meant for. */
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
/** Saves the state through `core.saveState`, and throws what that throws. @param phase `undefined` clears the state */
function saveState(save, target, phase) {
    const { control, ...rest } = { control: undefined, ...phase };
    const saved = control && { id: idOf(control), createdAt: control.createdAt };
    save(STATE_KEY, phase === undefined ? '' : JSON.stringify({ ...target, ...rest, ...saved }));
}
/** Returns the saved state: `undefined` if the step saved none or cleared it, `unreadable` if it can't be read. */
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
function parseState(state) {
    const { apiUrl, phase, before, startedAtMs, record, revoke } = state;
    const gateway = state.gateway;
    const wanted = state.wanted;
    if (typeof apiUrl !== 'string' || !/^https?:\/\//.test(apiUrl))
        return undefined;
    if (!isId(gateway.id) || typeof gateway.url !== 'string')
        return undefined;
    if (wanted.kind !== 'key' && !(wanted.kind === 'origin' && isOrigin(wanted.value)))
        return undefined;
    const target = { apiUrl: apiUrl, gateway, wanted };
    if (phase === 'creating' && isSnapshot(before) && isTime(startedAtMs)) {
        return { ...target, phase, before, startedAtMs };
    }
    const control = controlOf(wanted, state);
    if (control === undefined)
        return undefined;
    if (phase === 'created' && isSavedRecord(record))
        return { ...target, phase, control, record };
    const isReady = phase === 'ready' && ['never', 'on-failure', 'after-job'].includes(String(revoke));
    return isReady ? { ...target, phase, control, revoke: revoke } : undefined;
}
function controlOf(wanted, { id, createdAt }) {
    if (typeof createdAt !== 'string')
        return undefined;
    if (wanted.kind === 'key')
        return isId(id) ? { kind: 'key', id, createdAt } : undefined;
    return isId(id) ? { ...wanted, id: new Secret(id), createdAt } : undefined;
}
function isSavedRecord(value) {
    if (value === undefined)
        return true;
    const { name, proof } = value;
    return typeof name === 'string' && typeof proof === 'string' && proof !== '';
}
function isTime(value) {
    return typeof value === 'number' && !Number.isNaN(new Date(value).valueOf());
}
function isSnapshot(value) {
    const { prints, since, read } = value;
    return typeof prints === 'string' && typeof read === 'boolean' && (since === undefined || typeof since === 'string');
}

;// CONCATENATED MODULE: ./build/post.js


// Every job that uses the action runs this. If there is nothing to do, it loads no other code, not even @actions/core.
const plan = decide(readState(process.env), (process.env['INPUT_JOB-STATUS'] ?? '').trim());
if (plan !== undefined)
    void Promise.resolve(/* import() */).then(__nccwpck_require__.t.bind(__nccwpck_require__, 71, 23)).then(({ post }) => post(plan));

module.exports = __webpack_exports__;
/******/ })()
;