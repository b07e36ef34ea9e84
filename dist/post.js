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

;// CONCATENATED MODULE: ./build/pinata/types.js
/** Printable text, so that it can be told; in a path it is encoded by {@link segment}. */
const ID = /^[^\p{C}\p{Zl}\p{Zp}]{1,256}$/u;
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/;
function isId(value) {
    // A server that sends the JWT back gets it printed nowhere.
    if (typeof value !== 'string' || !ID.test(value) || JWT.test(value))
        return false;
    return value === value.trim() && value !== '.' && value !== '..';
}
/** Whether a value can be the ID of a key. */
function isKeyId(value) {
    return isId(value);
}
/** Whether a value can be the ID of a gateway. */
function isGatewayId(value) {
    return isId(value);
}
/** An ID in a path, where `..` would make a DELETE of a key one of its gateway: no ID is that. */
function segment(id) {
    return encodeURIComponent(id);
}
/** Whether a secret has the shape of a JWT. Only for the words of an error: Pinata decides what it accepts. */
function looksLikeJwt(jwt) {
    return JWT.test(jwt.reveal());
}

;// CONCATENATED MODULE: ./build/steps/state.js

const NAME = 'post-step';
/**
 * Saves the state of a step. What was saved last counts, also when the process is killed, so each is saved before the
 * thing happens after which it would be wrong to have the one before:
 *
 * 1. `creating`, before Pinata is asked for a key. If that can't be saved, no key is created.
 * 2. `rollback`, when the key is there, before it is recorded or handed over.
 * 3. `ready`, when the key is an output and the log tells of it.
 *
 * When the key is revoked, or none was created, the state is cleared; if an answer got lost it is `creating` again.
 */
class StateWriter {
    #save;
    #target;
    #before;
    /** @param save as `core.saveState`; what it throws is thrown here */
    constructor(save, target, before) {
        this.#save = save;
        this.#target = target;
        this.#before = before;
    }
    /** What the gateway had when it was looked at last: what was reported since is not reported again. */
    get before() {
        return this.#before;
    }
    set before(snapshot) {
        this.#before = snapshot;
    }
    creating() {
        this.#write({ phase: 'creating', before: this.#before });
    }
    /** @param hasLostAnswer whether there may be one more key */
    rollback(key, hasLostAnswer) {
        this.#write({ phase: 'rollback', ...key, ...this.#beforeIf(hasLostAnswer) });
    }
    ready(key, hasLostAnswer) {
        this.#write({ phase: 'ready', ...key, ...this.#beforeIf(hasLostAnswer) });
    }
    clear() {
        this.#save(NAME, '');
    }
    #beforeIf(hasLostAnswer) {
        return hasLostAnswer ? { before: this.#before } : {};
    }
    #write(phase) {
        const state = { ...this.#target, ...phase };
        this.#save(NAME, JSON.stringify(state));
    }
}
/** What the step saved, read from the environment as `core.getState` does; `undefined` if it is nothing, or no state. */
function readState(env) {
    try {
        const state = JSON.parse(env[`STATE_${NAME}`] ?? '');
        return isState(state) ? state : undefined;
    }
    catch {
        return undefined;
    }
}
function isState(value) {
    const state = value;
    const gateway = state?.gateway;
    if (typeof state?.apiUrl !== 'string' || !/^https?:\/\//.test(state.apiUrl))
        return false;
    if (!isGatewayId(gateway?.id) || typeof gateway?.url !== 'string')
        return false;
    const { mayBeFirst, phase, before, keyId, name, revoke } = state;
    if (typeof mayBeFirst !== 'boolean')
        return false;
    if (before !== undefined ? !isSnapshot(before) : phase === 'creating')
        return false;
    if (phase === 'creating')
        return true;
    if (!isKeyId(keyId) || (name !== undefined && typeof name !== 'string'))
        return false;
    return phase === 'rollback' || (phase === 'ready' && ['never', 'on-failure', 'after-job'].includes(String(revoke)));
}
function isSnapshot(value) {
    const { prints, since, read } = value;
    return typeof prints === 'string' && typeof read === 'boolean' && (since === undefined || typeof since === 'string');
}
/**
 * Decides what the post step has to do.
 *
 * @param jobStatus `success`, `failure` or `cancelled`, as the runner evaluates `${{ job.status }}` for the post step
 * @returns `undefined` if there is nothing to do
 */
function postWorkOf(state, jobStatus) {
    if (state === undefined)
        return undefined;
    const rest = state.before === undefined ? undefined : { state };
    if (state.phase === 'creating')
        return rest;
    const { keyId } = state;
    if (state.phase === 'rollback' || state.revoke === 'after-job')
        return { state, revoke: keyId };
    if (state.revoke === 'never' || jobStatus === 'success')
        return rest;
    const failed = jobStatus === 'failure' || jobStatus === 'cancelled';
    return failed ? { state, revoke: keyId } : { state, undecided: keyId };
}

;// CONCATENATED MODULE: ./build/post.js

// Every job that uses the action runs this: with nothing to do, nothing more is loaded, not even @actions/core.
const work = postWorkOf(readState(process.env), (process.env['INPUT_JOB-STATUS'] ?? '').trim());
if (work !== undefined)
    void Promise.resolve(/* import() */).then(__nccwpck_require__.t.bind(__nccwpck_require__, 71, 23)).then(({ post }) => post(work));

module.exports = __webpack_exports__;
/******/ })()
;