const onFirstUse = (load, loaded) => () => (loaded ??= load());
/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "./action.js"
const external_action_js_namespaceObject = onFirstUse(() => require("./action.js"));
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
    const { phase, before, startedAtMs, record, revoke, id, createdAt } = saved;
    const [gateway, wanted] = [saved.gateway, saved.wanted];
    const isKey = wanted.kind === 'key';
    const isKind = isKey || (wanted.kind === 'origin' && isOrigin(wanted.value));
    if (typeof gateway.url !== 'string' || !isId(gateway.id) || !isKind)
        return undefined;
    const target = { gateway, wanted };
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
    void (0,(external_action_js_namespaceObject()).post)(plan);

module.exports = __webpack_exports__;
/******/ })()
;