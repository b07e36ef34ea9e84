const onFirstUse = (load, loaded) => () => (loaded ??= load());
/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "./action.js"
const external_action_js_namespaceObject = onFirstUse(() => require("./action.js"));
;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = onFirstUse(() => require("node:net"));
;// CONCATENATED MODULE: external "node:tls"
const external_node_tls_namespaceObject = onFirstUse(() => require("node:tls"));
;// CONCATENATED MODULE: ./build/http/early-connection.js


const CONNECT_OPTIONS = { autoSelectFamilyAttemptTimeout: 3_000 };
class EarlyConnection {
    #origin;
    #socket;
    constructor({ origin, hostname, port }) {
        const servername = (0,(external_node_net_namespaceObject()).isIP)(hostname) === 0 ? hostname : '';
        this.#origin = origin;
        this.#socket = (0,(external_node_tls_namespaceObject()).connect)({ host: hostname, port: Number(port || 443), servername, ...CONNECT_OPTIONS });
        this.#socket.on('error', () => { }).unref();
    }
    take(server) {
        const socket = this.#socket;
        if (!socket?.writable || server.origin !== this.#origin)
            return undefined;
        this.#socket = undefined;
        return socket;
    }
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
const idOf = ({ kind, subject, secret }) => (kind === 'key' ? subject : secret.reveal());
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

;// CONCATENATED MODULE: ./build/step/connect-early.js



const API_URL = /^https:\/\/[\w.-]+(:\d+)?(\/[\w.:~%+/-]*)?$/i;
function connectEarly(step) {
    const { env } = process;
    const isValid = /^eyJ/.test(env['INPUT_PINATA-JWT'] ?? '') && /^[\w.:/-]+$/.test(env['INPUT_GATEWAY-ID'] ?? '');
    const isFirst = isValid && !env.INPUT_NAME && !env.https_proxy && !env.HTTPS_PROXY;
    const url = env['INPUT_API-URL'] || DEFAULT_API_URL;
    const early = isFirst && API_URL.test(url) ? unlessItThrows(() => new EarlyConnection(new URL(url))) : undefined;
    setImmediate(() => void step(early));
}

;// CONCATENATED MODULE: ./build/origin.js


connectEarly(early => (0,(external_action_js_namespaceObject()).origin)(early));

module.exports = __webpack_exports__;
/******/ })()
;