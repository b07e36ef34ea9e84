const onFirstUse = (load, loaded) => () => (loaded ??= load());
/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "./action.js"
const external_action_js_namespaceObject = onFirstUse(() => require("./action.js"));
;// CONCATENATED MODULE: ./build/post/decide.js
function decide(state, jobStatus) {
    if (state?.phase !== 'ready' || state.revoke === 'after-job')
        return state;
    if (jobStatus === 'success')
        return undefined;
    return ['failure', 'cancelled'].includes(jobStatus) ? state : { ...state, phase: 'unclear' };
}

;// CONCATENATED MODULE: ./build/http/reply.js
function isSuccess(reply) {
    return reply.kind === 'response' && reply.status >= 200 && reply.status < 300;
}
function isMissing(reply) {
    return reply.kind === 'response' && reply.status === 404;
}
function field(value, name) {
    return typeof value === 'object' && value !== null ? value[name] : undefined;
}
const parseJson = (text) => unlessItThrows(() => JSON.parse(text));
const parseUrl = (text) => unlessItThrows(() => new URL(text));
function unlessItThrows(action) {
    try {
        return action();
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./build/pinata/types.js
const DEFAULT_API_URL = 'https://api.pinata.cloud/v3';
const types_idOf = ({ kind, subject, secret }) => (kind === 'key' ? subject : secret.reveal());
const controlsOf = ({ keys, origins }) => [...keys, ...origins];
function isMatch(spec, { kind, subject }) {
    return kind === spec.kind && (spec.kind === 'key' || subject === spec.value);
}
const ID = /^(?!\s|\.{1,2}$)[^\p{C}\p{Zl}\p{Zp}]{1,256}(?<!\s)$/u;
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/;
const ORIGIN = /^https:\/\/(\[[\da-f:.]{2,45}\]|(?=.{1,253}(:|$))[\w-]+(\.[\w-]+)*)(:\d{1,5})?$/;
function isId(value) {
    return typeof value === 'string' && ID.test(value) && !JWT.test(value);
}
const isOrigin = (value) => typeof value === 'string' && ORIGIN.test(value);

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
function stateOf(target, phase) {
    const { control, ...rest } = { control: undefined, ...phase };
    const saved = control && { id: idOf(control), createdAt: control.createdAt };
    return { [STATE_KEY]: phase === undefined ? '' : JSON.stringify({ ...target, ...rest, ...saved }) };
}
function readState(env) {
    const text = env[`STATE_${STATE_KEY}`] ?? '';
    return text === '' ? undefined : (unlessItThrows(() => parseState(JSON.parse(text))) ?? { phase: 'unreadable' });
}
function parseState(saved) {
    const { gateway, wanted, phase, before, startedAtMs, record, revoke, id, createdAt } = saved;
    const isKey = wanted.kind === 'key';
    const isControl = isId(id) && typeof createdAt === 'string';
    const isValid = isId(gateway.id) &&
        hasTextIfPresent(gateway, 'url') &&
        (isKey || (wanted.kind === 'origin' && isOrigin(wanted.value))) &&
        ((phase === 'creating' && hasTextIfPresent(before, 'prints', 'since') && typeof startedAtMs === 'number') ||
            (phase === 'created' && isControl && hasTextIfPresent(record, 'name', 'proof') && record?.proof !== '') ||
            (phase === 'ready' && isControl && (revoke === 'on-failure' || revoke === 'after-job')));
    const parts = isKey ? { subject: id, secret: undefined } : { subject: wanted.value, secret: new Secret(String(id)) };
    const control = isControl && { kind: wanted.kind, ...parts, createdAt };
    return isValid ? { ...saved, control } : undefined;
}
function hasTextIfPresent(part, ...names) {
    return part === undefined || names.every(name => typeof part[name] === 'string');
}

;// CONCATENATED MODULE: ./build/post.js



const plan = decide(readState(process.env), (process.env['INPUT_JOB-STATUS'] ?? '').trim());
if (plan !== undefined)
    void (0,(external_action_js_namespaceObject()).post)(plan);

module.exports = __webpack_exports__;
/******/ })()
;