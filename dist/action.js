/******/ (() => { // webpackBootstrap
/******/ 	var __webpack_modules__ = ({

/***/ 4:
/***/ ((__unused_webpack_module, exports) => {

/**
 * Stands in for `@actions/exec` in the bundles. `@actions/core` imports it for one function only, `platform.getDetails()`,
 * which starts programs to ask for the name of the operating system. This action starts no program.
 */
exports.H = async function getExecOutput() {
  throw new Error('@actions/exec is not part of this bundle: this action starts no programs.')
}


/***/ }),

/***/ 537:
/***/ ((__unused_webpack_module, exports) => {

/**
 * Stands in for tunnel in the bundles. `@actions/http-client` makes an agent with it when there is a proxy; this action
 * replaces every agent by its own (`src/http/sockets.ts`), which has time limits, and no deprecated `Buffer()`.
 */
const noAgent = () => undefined
Object.assign(exports, {
  httpOverHttp: noAgent,
  httpsOverHttp: noAgent,
  httpOverHttps: noAgent,
  httpsOverHttps: noAgent,
})


/***/ }),

/***/ 227:
/***/ ((__unused_webpack_module, exports) => {

/**
 * Stands in for undici in the bundles. `@actions/http-client` imports `ProxyAgent` for one method only,
 * `getAgentDispatcher()`, which gives `fetch` a proxy; requests made with `HttpClient` go through `node:https`.
 */
exports.k = class ProxyAgent {
  constructor() {
    throw new Error('undici is not part of this bundle: use HttpClient.request(), not getAgentDispatcher().')
  }
}


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
// This entry need to be wrapped in an IIFE because it need to be in strict mode.
(() => {
"use strict";
// ESM COMPAT FLAG
__nccwpck_require__.r(__webpack_exports__);

// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  main: () => (/* binding */ main),
  origin: () => (/* binding */ origin),
  post: () => (/* binding */ post),
  revoke: () => (/* binding */ action_revoke)
});

// NAMESPACE OBJECT: ./node_modules/@actions/core/lib/platform.js
var platform_namespaceObject = {};
__nccwpck_require__.r(platform_namespaceObject);
__nccwpck_require__.d(platform_namespaceObject, {
  arch: () => (arch),
  getDetails: () => (getDetails),
  isLinux: () => (isLinux),
  isMacOS: () => (isMacOS),
  isWindows: () => (isWindows),
  platform: () => (platform)
});

// NAMESPACE OBJECT: ./node_modules/@actions/core/lib/core.js
var core_namespaceObject = {};
__nccwpck_require__.r(core_namespaceObject);
__nccwpck_require__.d(core_namespaceObject, {
  ExitCode: () => (ExitCode),
  addPath: () => (addPath),
  debug: () => (debug),
  endGroup: () => (endGroup),
  error: () => (error),
  exportVariable: () => (exportVariable),
  getBooleanInput: () => (getBooleanInput),
  getIDToken: () => (getIDToken),
  getInput: () => (getInput),
  getMultilineInput: () => (getMultilineInput),
  getState: () => (getState),
  group: () => (group),
  info: () => (info),
  isDebug: () => (isDebug),
  markdownSummary: () => (markdownSummary),
  notice: () => (notice),
  platform: () => (platform_namespaceObject),
  saveState: () => (saveState),
  setCommandEcho: () => (setCommandEcho),
  setFailed: () => (setFailed),
  setOutput: () => (setOutput),
  setSecret: () => (setSecret),
  startGroup: () => (startGroup),
  summary: () => (summary),
  toPlatformPath: () => (toPlatformPath),
  toPosixPath: () => (toPosixPath),
  toWin32Path: () => (toWin32Path),
  warning: () => (warning)
});

;// CONCATENATED MODULE: ./build/errors.js
/**
 * Something the user can act on. Its message is one line: what is wrong, and what to do.
 * Any other error is a bug of ours and keeps its stack for the debug log.
 */
class ActionError extends Error {
    name = 'ActionError';
    kind;
    constructor(message, kind = 'other') {
        super(message);
        this.kind = kind;
    }
}
/** The message of anything that was thrown. */
function messageOf(thrown) {
    const message = thrown?.message;
    return typeof message === 'string' ? message : String(thrown);
}
/** Why a step ends that got SIGINT or SIGTERM: the runner does not tell which of these it was. */
const STOPPED = 'The step was stopped: the job was cancelled, its time limit (timeout-minutes) was over, or the runner shut down.';

;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = require("node:timers/promises");
;// CONCATENATED MODULE: ./build/text.js
/** Characters that a log must not get from a stranger: controls, line separators, zero-width and direction marks. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
/**
 * A run this long of the characters that tokens are made of is no word of an error message. Pinata's IDs (36 characters)
 * and request IDs (32) are shorter; its keys (64) and JWTs are longer, so a server that echoes one prints none of it.
 */
const TOKEN_LIKE = /[\w.~+/=%-]{40,}/g;
/**
 * Turns text from outside (a server's answer, an input that is refused) into something safe to print: one line, no
 * control characters, nothing that reads as a workflow command, nothing that looks like a token, not longer than `max`.
 */
function printable(text, max = 200) {
    // A hostile answer can be megabytes; what is cut here is never shown.
    const line = withoutCommands(text.slice(0, 10_000).replace(UNPRINTABLE, ' ').replace(TOKEN_LIKE, '…'))
        .replace(/\s+/g, ' ')
        .trim();
    return line.length > max ? `${line.slice(0, max - 1).trimEnd()}…` : line;
}
/**
 * Breaks up what the runner takes for commands: `::command::` at the start of a line, and `##[command]` anywhere in it.
 *
 * @see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
function withoutCommands(text) {
    return text.replace(/:(?=:)/g, ': ').replace(/##\[/g, '## [');
}
/** A text from outside in quotation marks, for a value inside a sentence. */
function quoted(text, max = 80) {
    return `"${printable(text, max)}"`;
}
/** "1 key", "2 keys". */
function count(number, singular, plural = `${singular}s`) {
    return `${number} ${number === 1 ? singular : plural}`;
}

;// CONCATENATED MODULE: ./build/http/answers.js

function classify(reply) {
    if (reply.kind === 'fault')
        return reply.transient ? 'transient' : 'permanent';
    const { status } = reply;
    if (isSuccessful(status))
        return 'ok';
    if (status === 429)
        return 'rate-limited';
    return status >= 500 || status === 408 ? 'transient' : 'permanent';
}
/** Whether a request may have taken effect: it was carried out, or nobody can tell. */
function mayHaveTakenEffect(reply) {
    if (reply.kind === 'fault')
        return reply.sent;
    return reply.status < 400 || reply.status >= 500 || reply.status === 408;
}
function isSuccessful(status) {
    return status >= 200 && status < 300;
}
/** What an error about this reply is about. */
function kindOf(reply) {
    if (reply.kind === 'fault')
        return 'other';
    const { status } = reply;
    if (status >= 300 && status < 400)
        return 'redirect';
    const kinds = {
        401: 'unauthorized',
        403: 'forbidden',
        404: 'not-found',
        429: 'rate-limited',
    };
    return kinds[status] ?? 'other';
}
/** A property of a value that may be anything. */
function field(value, name) {
    return typeof value === 'object' && value !== null ? value[name] : undefined;
}
/** What JSON there is; `undefined` if it is none. */
function parseJson(body) {
    try {
        return JSON.parse(body);
    }
    catch {
        return undefined;
    }
}
/** One line for the user about a request that got no answer. */
function explainFault({ reason, transient }, { action, apiUrl, service, source }) {
    const advice = transient
        ? `Check that the runner may reach it (firewall, https_proxy) and that ${service} is up, then try again.`
        : `If a proxy of yours inspects TLS, give the runner its certificate in NODE_EXTRA_CA_CERTS; otherwise check ${source}.`;
    return `Could not ${action}: ${new URL(apiUrl).host}: ${printable(reason)}. ${advice}`;
}

;// CONCATENATED MODULE: ./build/http/retry.js


const systemClock = {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    sleep: (ms, signal) => (0,promises_namespaceObject.setTimeout)(ms, undefined, { signal }),
    random: Math.random,
};
/** Until when a piece of work may take. */
class Deadline {
    #clock;
    #until;
    /** @param ms how long from now */
    constructor(clock, ms) {
        this.#clock = clock;
        this.#until = clock.elapsed() + ms;
    }
    /** Milliseconds until the deadline; 0 when it is over. */
    get left() {
        return Math.max(0, this.#until - this.#clock.elapsed());
    }
    /** Gives more time, for work that turned out to be more. */
    extend(ms) {
        this.#until += ms;
    }
}
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A shorter time that a server asks for says nothing. */
const SHORTEST_ASKED_MS = 1000;
/** One request, from the name look-up to the last byte of its answer. In milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** The pauses between the requests of a step to one server. A used up rate limit makes all of them wait. */
class Backoff {
    deadline;
    /** The step is stopped: pauses and requests end at once. */
    signal;
    #clock;
    #closedUntil = 0;
    constructor(clock, deadline, signal) {
        this.#clock = clock;
        this.deadline = deadline;
        this.signal = signal;
    }
    /** How long the next request may take, in milliseconds. */
    get requestTimeoutMs() {
        return Math.max(1, Math.min(REQUEST_TIMEOUT_MS, this.deadline.left));
    }
    /** Waits while the rate limit is known to be used up, or until the step is stopped. */
    async waitForRateLimit() {
        const closedFor = () => this.#closedUntil - this.#clock.elapsed();
        for (let ms = closedFor(); ms > 0 && !this.signal.aborted; ms = closedFor())
            await this.#sleep(ms);
    }
    /**
     * Pauses before the next try: as long as the server asks, else longer each time; with jitter, so that jobs that were
     * refused together do not come back together.
     *
     * @param tries how many were made
     * @returns false, without a pause, if the deadline would pass first; false as well if the step is stopped
     */
    async waitBeforeRetry({ classification, retryAfterMs = 0 }, tries) {
        const growing = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
        const jitter = this.#clock.random();
        // A server that asks for no time at all gets the growing pause, or it would be asked without end.
        const ms = retryAfterMs < SHORTEST_ASKED_MS ? growing * (0.5 + jitter / 2) : retryAfterMs + jitter * Math.min(1000, growing);
        if (ms >= this.deadline.left || this.signal.aborted)
            return false;
        if (classification === 'rate-limited') {
            this.#closedUntil = Math.max(this.#closedUntil, this.#clock.elapsed() + ms);
            await this.waitForRateLimit();
        }
        else {
            await this.#sleep(ms);
        }
        return !this.signal.aborted;
    }
    async #sleep(ms) {
        await this.#clock.sleep(ms, this.signal).catch(() => { });
    }
}
/** An attempt as its reply tells of it. */
function attemptOf(reply) {
    const retryAfterMs = reply.kind === 'answer' ? reply.retryAfterMs : undefined;
    return { classification: classify(reply), mayHaveTakenEffect: mayHaveTakenEffect(reply), retryAfterMs, value: reply };
}
const MAX_TRIES = 5;
/**
 * Sends a request until it is answered for good, or the policy, the deadline or the end of the step is in the way.
 *
 * @returns the last attempt, whatever it was, and how many answers were lost for good
 */
async function retry(send, backoff, { maxTries = MAX_TRIES, maxLost = Number.POSITIVE_INFINITY, minLeftMs = 0, findLost } = {}) {
    let failures = 0;
    let lost = 0;
    for (let tries = 1;; tries++) {
        await backoff.waitForRateLimit();
        const last = await send();
        const { classification } = last;
        if (classification === 'ok')
            return { last, lost };
        if (last.mayHaveTakenEffect) {
            const value = await findLost?.();
            if (value !== undefined)
                return { last: { classification: 'ok', mayHaveTakenEffect: true, value }, lost };
            lost++;
        }
        if (classification === 'transient')
            failures++;
        const isFinal = classification === 'permanent' || failures >= maxTries || lost >= maxLost;
        if (isFinal || !(await backoff.waitBeforeRetry(last, tries)) || backoff.deadline.left < minLeftMs)
            return { last, lost };
    }
}

;// CONCATENATED MODULE: external "os"
const external_os_namespaceObject = require("os");
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/utils.js
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */
/**
 * Sanitizes an input into a string so it can be passed into issueCommand safely
 * @param input input to sanitize into a string
 */
function toCommandValue(input) {
    if (input === null || input === undefined) {
        return '';
    }
    else if (typeof input === 'string' || input instanceof String) {
        return input;
    }
    return JSON.stringify(input);
}
/**
 *
 * @param annotationProperties
 * @returns The command properties to send with the actual annotation command
 * See IssueCommandProperties: https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs#L646
 */
function toCommandProperties(annotationProperties) {
    if (!Object.keys(annotationProperties).length) {
        return {};
    }
    return {
        title: annotationProperties.title,
        file: annotationProperties.file,
        line: annotationProperties.startLine,
        endLine: annotationProperties.endLine,
        col: annotationProperties.startColumn,
        endColumn: annotationProperties.endColumn
    };
}
//# sourceMappingURL=utils.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/command.js


/**
 * Issues a command to the GitHub Actions runner
 *
 * @param command - The command name to issue
 * @param properties - Additional properties for the command (key-value pairs)
 * @param message - The message to include with the command
 * @remarks
 * This function outputs a specially formatted string to stdout that the Actions
 * runner interprets as a command. These commands can control workflow behavior,
 * set outputs, create annotations, mask values, and more.
 *
 * Command Format:
 *   ::name key=value,key=value::message
 *
 * @example
 * ```typescript
 * // Issue a warning annotation
 * issueCommand('warning', {}, 'This is a warning message');
 * // Output: ::warning::This is a warning message
 *
 * // Set an environment variable
 * issueCommand('set-env', { name: 'MY_VAR' }, 'some value');
 * // Output: ::set-env name=MY_VAR::some value
 *
 * // Add a secret mask
 * issueCommand('add-mask', {}, 'secretValue123');
 * // Output: ::add-mask::secretValue123
 * ```
 *
 * @internal
 * This is an internal utility function that powers the public API functions
 * such as setSecret, warning, error, and exportVariable.
 */
function issueCommand(command, properties, message) {
    const cmd = new Command(command, properties, message);
    process.stdout.write(cmd.toString() + external_os_namespaceObject.EOL);
}
function issue(name, message = '') {
    issueCommand(name, {}, message);
}
const CMD_STRING = '::';
class Command {
    constructor(command, properties, message) {
        if (!command) {
            command = 'missing.command';
        }
        this.command = command;
        this.properties = properties;
        this.message = message;
    }
    toString() {
        let cmdStr = CMD_STRING + this.command;
        if (this.properties && Object.keys(this.properties).length > 0) {
            cmdStr += ' ';
            let first = true;
            for (const key in this.properties) {
                if (this.properties.hasOwnProperty(key)) {
                    const val = this.properties[key];
                    if (val) {
                        if (first) {
                            first = false;
                        }
                        else {
                            cmdStr += ',';
                        }
                        cmdStr += `${key}=${escapeProperty(val)}`;
                    }
                }
            }
        }
        cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
        return cmdStr;
    }
}
function escapeData(s) {
    return toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A');
}
function escapeProperty(s) {
    return toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A')
        .replace(/:/g, '%3A')
        .replace(/,/g, '%2C');
}
//# sourceMappingURL=command.js.map
;// CONCATENATED MODULE: external "crypto"
const external_crypto_namespaceObject = require("crypto");
;// CONCATENATED MODULE: external "fs"
const external_fs_namespaceObject = require("fs");
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/file-command.js
// For internal use, subject to change.
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */




function issueFileCommand(command, message) {
    const filePath = process.env[`GITHUB_${command}`];
    if (!filePath) {
        throw new Error(`Unable to find environment variable for file command ${command}`);
    }
    if (!external_fs_namespaceObject.existsSync(filePath)) {
        throw new Error(`Missing file at path: ${filePath}`);
    }
    external_fs_namespaceObject.appendFileSync(filePath, `${toCommandValue(message)}${external_os_namespaceObject.EOL}`, {
        encoding: 'utf8'
    });
}
function prepareKeyValueMessage(key, value) {
    const delimiter = `ghadelimiter_${external_crypto_namespaceObject.randomUUID()}`;
    const convertedValue = toCommandValue(value);
    // These should realistically never happen, but just in case someone finds a
    // way to exploit uuid generation let's not allow keys or values that contain
    // the delimiter.
    if (key.includes(delimiter)) {
        throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
    }
    if (convertedValue.includes(delimiter)) {
        throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
    }
    return `${key}<<${delimiter}${external_os_namespaceObject.EOL}${convertedValue}${external_os_namespaceObject.EOL}${delimiter}`;
}
//# sourceMappingURL=file-command.js.map
;// CONCATENATED MODULE: external "path"
const external_path_namespaceObject = require("path");
;// CONCATENATED MODULE: external "http"
const external_http_namespaceObject = require("http");
var external_http_namespaceObject_0 = /*#__PURE__*/__nccwpck_require__.t(external_http_namespaceObject, 2);
;// CONCATENATED MODULE: external "https"
const external_https_namespaceObject = require("https");
var external_https_namespaceObject_0 = /*#__PURE__*/__nccwpck_require__.t(external_https_namespaceObject, 2);
;// CONCATENATED MODULE: ./node_modules/@actions/http-client/lib/proxy.js
function getProxyUrl(reqUrl) {
    const usingSsl = reqUrl.protocol === 'https:';
    if (checkBypass(reqUrl)) {
        return undefined;
    }
    const proxyVar = (() => {
        if (usingSsl) {
            return process.env['https_proxy'] || process.env['HTTPS_PROXY'];
        }
        else {
            return process.env['http_proxy'] || process.env['HTTP_PROXY'];
        }
    })();
    if (proxyVar) {
        try {
            return new DecodedURL(proxyVar);
        }
        catch (_a) {
            if (!proxyVar.startsWith('http://') && !proxyVar.startsWith('https://'))
                return new DecodedURL(`http://${proxyVar}`);
        }
    }
    else {
        return undefined;
    }
}
function checkBypass(reqUrl) {
    if (!reqUrl.hostname) {
        return false;
    }
    const reqHost = reqUrl.hostname;
    if (isLoopbackAddress(reqHost)) {
        return true;
    }
    const noProxy = process.env['no_proxy'] || process.env['NO_PROXY'] || '';
    if (!noProxy) {
        return false;
    }
    // Determine the request port
    let reqPort;
    if (reqUrl.port) {
        reqPort = Number(reqUrl.port);
    }
    else if (reqUrl.protocol === 'http:') {
        reqPort = 80;
    }
    else if (reqUrl.protocol === 'https:') {
        reqPort = 443;
    }
    // Format the request hostname and hostname with port
    const upperReqHosts = [reqUrl.hostname.toUpperCase()];
    if (typeof reqPort === 'number') {
        upperReqHosts.push(`${upperReqHosts[0]}:${reqPort}`);
    }
    // Compare request host against noproxy
    for (const upperNoProxyItem of noProxy
        .split(',')
        .map(x => x.trim().toUpperCase())
        .filter(x => x)) {
        if (upperNoProxyItem === '*' ||
            upperReqHosts.some(x => x === upperNoProxyItem ||
                x.endsWith(`.${upperNoProxyItem}`) ||
                (upperNoProxyItem.startsWith('.') &&
                    x.endsWith(`${upperNoProxyItem}`)))) {
            return true;
        }
    }
    return false;
}
function isLoopbackAddress(host) {
    const hostLower = host.toLowerCase();
    return (hostLower === 'localhost' ||
        hostLower.startsWith('127.') ||
        hostLower.startsWith('[::1]') ||
        hostLower.startsWith('[0:0:0:0:0:0:0:1]'));
}
class DecodedURL extends URL {
    constructor(url, base) {
        super(url, base);
        this._decodedUsername = decodeURIComponent(super.username);
        this._decodedPassword = decodeURIComponent(super.password);
    }
    get username() {
        return this._decodedUsername;
    }
    get password() {
        return this._decodedPassword;
    }
}
//# sourceMappingURL=proxy.js.map
// EXTERNAL MODULE: ./stubs/tunnel/index.js
var tunnel = __nccwpck_require__(537);
// EXTERNAL MODULE: ./stubs/undici/index.js
var undici = __nccwpck_require__(227);
;// CONCATENATED MODULE: ./node_modules/@actions/http-client/lib/index.js
/* eslint-disable @typescript-eslint/no-explicit-any */
var __awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};





var HttpCodes;
(function (HttpCodes) {
    HttpCodes[HttpCodes["OK"] = 200] = "OK";
    HttpCodes[HttpCodes["MultipleChoices"] = 300] = "MultipleChoices";
    HttpCodes[HttpCodes["MovedPermanently"] = 301] = "MovedPermanently";
    HttpCodes[HttpCodes["ResourceMoved"] = 302] = "ResourceMoved";
    HttpCodes[HttpCodes["SeeOther"] = 303] = "SeeOther";
    HttpCodes[HttpCodes["NotModified"] = 304] = "NotModified";
    HttpCodes[HttpCodes["UseProxy"] = 305] = "UseProxy";
    HttpCodes[HttpCodes["SwitchProxy"] = 306] = "SwitchProxy";
    HttpCodes[HttpCodes["TemporaryRedirect"] = 307] = "TemporaryRedirect";
    HttpCodes[HttpCodes["PermanentRedirect"] = 308] = "PermanentRedirect";
    HttpCodes[HttpCodes["BadRequest"] = 400] = "BadRequest";
    HttpCodes[HttpCodes["Unauthorized"] = 401] = "Unauthorized";
    HttpCodes[HttpCodes["PaymentRequired"] = 402] = "PaymentRequired";
    HttpCodes[HttpCodes["Forbidden"] = 403] = "Forbidden";
    HttpCodes[HttpCodes["NotFound"] = 404] = "NotFound";
    HttpCodes[HttpCodes["MethodNotAllowed"] = 405] = "MethodNotAllowed";
    HttpCodes[HttpCodes["NotAcceptable"] = 406] = "NotAcceptable";
    HttpCodes[HttpCodes["ProxyAuthenticationRequired"] = 407] = "ProxyAuthenticationRequired";
    HttpCodes[HttpCodes["RequestTimeout"] = 408] = "RequestTimeout";
    HttpCodes[HttpCodes["Conflict"] = 409] = "Conflict";
    HttpCodes[HttpCodes["Gone"] = 410] = "Gone";
    HttpCodes[HttpCodes["TooManyRequests"] = 429] = "TooManyRequests";
    HttpCodes[HttpCodes["InternalServerError"] = 500] = "InternalServerError";
    HttpCodes[HttpCodes["NotImplemented"] = 501] = "NotImplemented";
    HttpCodes[HttpCodes["BadGateway"] = 502] = "BadGateway";
    HttpCodes[HttpCodes["ServiceUnavailable"] = 503] = "ServiceUnavailable";
    HttpCodes[HttpCodes["GatewayTimeout"] = 504] = "GatewayTimeout";
})(HttpCodes || (HttpCodes = {}));
var Headers;
(function (Headers) {
    Headers["Accept"] = "accept";
    Headers["ContentType"] = "content-type";
})(Headers || (Headers = {}));
var MediaTypes;
(function (MediaTypes) {
    MediaTypes["ApplicationJson"] = "application/json";
})(MediaTypes || (MediaTypes = {}));
/**
 * Returns the proxy URL, depending upon the supplied url and proxy environment variables.
 * @param serverUrl  The server URL where the request will be sent. For example, https://api.github.com
 */
function lib_getProxyUrl(serverUrl) {
    const proxyUrl = pm.getProxyUrl(new URL(serverUrl));
    return proxyUrl ? proxyUrl.href : '';
}
const HttpRedirectCodes = [
    HttpCodes.MovedPermanently,
    HttpCodes.ResourceMoved,
    HttpCodes.SeeOther,
    HttpCodes.TemporaryRedirect,
    HttpCodes.PermanentRedirect
];
const HttpResponseRetryCodes = [
    HttpCodes.BadGateway,
    HttpCodes.ServiceUnavailable,
    HttpCodes.GatewayTimeout
];
const RetryableHttpVerbs = ['OPTIONS', 'GET', 'DELETE', 'HEAD'];
const ExponentialBackoffCeiling = 10;
const ExponentialBackoffTimeSlice = 5;
class HttpClientError extends Error {
    constructor(message, statusCode) {
        super(message);
        this.name = 'HttpClientError';
        this.statusCode = statusCode;
        Object.setPrototypeOf(this, HttpClientError.prototype);
    }
}
class HttpClientResponse {
    constructor(message) {
        this.message = message;
    }
    readBody() {
        return __awaiter(this, void 0, void 0, function* () {
            return new Promise((resolve) => __awaiter(this, void 0, void 0, function* () {
                let output = Buffer.alloc(0);
                this.message.on('data', (chunk) => {
                    output = Buffer.concat([output, chunk]);
                });
                this.message.on('end', () => {
                    resolve(output.toString());
                });
            }));
        });
    }
    readBodyBuffer() {
        return __awaiter(this, void 0, void 0, function* () {
            return new Promise((resolve) => __awaiter(this, void 0, void 0, function* () {
                const chunks = [];
                this.message.on('data', (chunk) => {
                    chunks.push(chunk);
                });
                this.message.on('end', () => {
                    resolve(Buffer.concat(chunks));
                });
            }));
        });
    }
}
function isHttps(requestUrl) {
    const parsedUrl = new URL(requestUrl);
    return parsedUrl.protocol === 'https:';
}
class HttpClient {
    constructor(userAgent, handlers, requestOptions) {
        this._ignoreSslError = false;
        this._allowRedirects = true;
        this._allowRedirectDowngrade = false;
        this._maxRedirects = 50;
        this._allowRetries = false;
        this._maxRetries = 1;
        this._keepAlive = false;
        this._disposed = false;
        this.userAgent = this._getUserAgentWithOrchestrationId(userAgent);
        this.handlers = handlers || [];
        this.requestOptions = requestOptions;
        if (requestOptions) {
            if (requestOptions.ignoreSslError != null) {
                this._ignoreSslError = requestOptions.ignoreSslError;
            }
            this._socketTimeout = requestOptions.socketTimeout;
            if (requestOptions.allowRedirects != null) {
                this._allowRedirects = requestOptions.allowRedirects;
            }
            if (requestOptions.allowRedirectDowngrade != null) {
                this._allowRedirectDowngrade = requestOptions.allowRedirectDowngrade;
            }
            if (requestOptions.maxRedirects != null) {
                this._maxRedirects = Math.max(requestOptions.maxRedirects, 0);
            }
            if (requestOptions.keepAlive != null) {
                this._keepAlive = requestOptions.keepAlive;
            }
            if (requestOptions.allowRetries != null) {
                this._allowRetries = requestOptions.allowRetries;
            }
            if (requestOptions.maxRetries != null) {
                this._maxRetries = requestOptions.maxRetries;
            }
        }
    }
    options(requestUrl, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('OPTIONS', requestUrl, null, additionalHeaders || {});
        });
    }
    get(requestUrl, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('GET', requestUrl, null, additionalHeaders || {});
        });
    }
    del(requestUrl, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('DELETE', requestUrl, null, additionalHeaders || {});
        });
    }
    post(requestUrl, data, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('POST', requestUrl, data, additionalHeaders || {});
        });
    }
    patch(requestUrl, data, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('PATCH', requestUrl, data, additionalHeaders || {});
        });
    }
    put(requestUrl, data, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('PUT', requestUrl, data, additionalHeaders || {});
        });
    }
    head(requestUrl, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request('HEAD', requestUrl, null, additionalHeaders || {});
        });
    }
    sendStream(verb, requestUrl, stream, additionalHeaders) {
        return __awaiter(this, void 0, void 0, function* () {
            return this.request(verb, requestUrl, stream, additionalHeaders);
        });
    }
    /**
     * Gets a typed object from an endpoint
     * Be aware that not found returns a null.  Other errors (4xx, 5xx) reject the promise
     */
    getJson(requestUrl_1) {
        return __awaiter(this, arguments, void 0, function* (requestUrl, additionalHeaders = {}) {
            additionalHeaders[Headers.Accept] = this._getExistingOrDefaultHeader(additionalHeaders, Headers.Accept, MediaTypes.ApplicationJson);
            const res = yield this.get(requestUrl, additionalHeaders);
            return this._processResponse(res, this.requestOptions);
        });
    }
    postJson(requestUrl_1, obj_1) {
        return __awaiter(this, arguments, void 0, function* (requestUrl, obj, additionalHeaders = {}) {
            const data = JSON.stringify(obj, null, 2);
            additionalHeaders[Headers.Accept] = this._getExistingOrDefaultHeader(additionalHeaders, Headers.Accept, MediaTypes.ApplicationJson);
            additionalHeaders[Headers.ContentType] =
                this._getExistingOrDefaultContentTypeHeader(additionalHeaders, MediaTypes.ApplicationJson);
            const res = yield this.post(requestUrl, data, additionalHeaders);
            return this._processResponse(res, this.requestOptions);
        });
    }
    putJson(requestUrl_1, obj_1) {
        return __awaiter(this, arguments, void 0, function* (requestUrl, obj, additionalHeaders = {}) {
            const data = JSON.stringify(obj, null, 2);
            additionalHeaders[Headers.Accept] = this._getExistingOrDefaultHeader(additionalHeaders, Headers.Accept, MediaTypes.ApplicationJson);
            additionalHeaders[Headers.ContentType] =
                this._getExistingOrDefaultContentTypeHeader(additionalHeaders, MediaTypes.ApplicationJson);
            const res = yield this.put(requestUrl, data, additionalHeaders);
            return this._processResponse(res, this.requestOptions);
        });
    }
    patchJson(requestUrl_1, obj_1) {
        return __awaiter(this, arguments, void 0, function* (requestUrl, obj, additionalHeaders = {}) {
            const data = JSON.stringify(obj, null, 2);
            additionalHeaders[Headers.Accept] = this._getExistingOrDefaultHeader(additionalHeaders, Headers.Accept, MediaTypes.ApplicationJson);
            additionalHeaders[Headers.ContentType] =
                this._getExistingOrDefaultContentTypeHeader(additionalHeaders, MediaTypes.ApplicationJson);
            const res = yield this.patch(requestUrl, data, additionalHeaders);
            return this._processResponse(res, this.requestOptions);
        });
    }
    /**
     * Makes a raw http request.
     * All other methods such as get, post, patch, and request ultimately call this.
     * Prefer get, del, post and patch
     */
    request(verb, requestUrl, data, headers) {
        return __awaiter(this, void 0, void 0, function* () {
            if (this._disposed) {
                throw new Error('Client has already been disposed.');
            }
            const parsedUrl = new URL(requestUrl);
            let info = this._prepareRequest(verb, parsedUrl, headers);
            // Only perform retries on reads since writes may not be idempotent.
            const maxTries = this._allowRetries && RetryableHttpVerbs.includes(verb)
                ? this._maxRetries + 1
                : 1;
            let numTries = 0;
            let response;
            do {
                response = yield this.requestRaw(info, data);
                // Check if it's an authentication challenge
                if (response &&
                    response.message &&
                    response.message.statusCode === HttpCodes.Unauthorized) {
                    let authenticationHandler;
                    for (const handler of this.handlers) {
                        if (handler.canHandleAuthentication(response)) {
                            authenticationHandler = handler;
                            break;
                        }
                    }
                    if (authenticationHandler) {
                        return authenticationHandler.handleAuthentication(this, info, data);
                    }
                    else {
                        // We have received an unauthorized response but have no handlers to handle it.
                        // Let the response return to the caller.
                        return response;
                    }
                }
                let redirectsRemaining = this._maxRedirects;
                while (response.message.statusCode &&
                    HttpRedirectCodes.includes(response.message.statusCode) &&
                    this._allowRedirects &&
                    redirectsRemaining > 0) {
                    const redirectUrl = response.message.headers['location'];
                    if (!redirectUrl) {
                        // if there's no location to redirect to, we won't
                        break;
                    }
                    const parsedRedirectUrl = new URL(redirectUrl);
                    if (parsedUrl.protocol === 'https:' &&
                        parsedUrl.protocol !== parsedRedirectUrl.protocol &&
                        !this._allowRedirectDowngrade) {
                        throw new Error('Redirect from HTTPS to HTTP protocol. This downgrade is not allowed for security reasons. If you want to allow this behavior, set the allowRedirectDowngrade option to true.');
                    }
                    // we need to finish reading the response before reassigning response
                    // which will leak the open socket.
                    yield response.readBody();
                    // strip authorization header if redirected to a different hostname
                    if (parsedRedirectUrl.hostname !== parsedUrl.hostname) {
                        for (const header in headers) {
                            // header names are case insensitive
                            if (header.toLowerCase() === 'authorization') {
                                delete headers[header];
                            }
                        }
                    }
                    // let's make the request with the new redirectUrl
                    info = this._prepareRequest(verb, parsedRedirectUrl, headers);
                    response = yield this.requestRaw(info, data);
                    redirectsRemaining--;
                }
                if (!response.message.statusCode ||
                    !HttpResponseRetryCodes.includes(response.message.statusCode)) {
                    // If not a retry code, return immediately instead of retrying
                    return response;
                }
                numTries += 1;
                if (numTries < maxTries) {
                    yield response.readBody();
                    yield this._performExponentialBackoff(numTries);
                }
            } while (numTries < maxTries);
            return response;
        });
    }
    /**
     * Needs to be called if keepAlive is set to true in request options.
     */
    dispose() {
        if (this._agent) {
            this._agent.destroy();
        }
        this._disposed = true;
    }
    /**
     * Raw request.
     * @param info
     * @param data
     */
    requestRaw(info, data) {
        return __awaiter(this, void 0, void 0, function* () {
            return new Promise((resolve, reject) => {
                function callbackForResult(err, res) {
                    if (err) {
                        reject(err);
                    }
                    else if (!res) {
                        // If `err` is not passed, then `res` must be passed.
                        reject(new Error('Unknown error'));
                    }
                    else {
                        resolve(res);
                    }
                }
                this.requestRawWithCallback(info, data, callbackForResult);
            });
        });
    }
    /**
     * Raw request with callback.
     * @param info
     * @param data
     * @param onResult
     */
    requestRawWithCallback(info, data, onResult) {
        if (typeof data === 'string') {
            if (!info.options.headers) {
                info.options.headers = {};
            }
            info.options.headers['Content-Length'] = Buffer.byteLength(data, 'utf8');
        }
        let callbackCalled = false;
        function handleResult(err, res) {
            if (!callbackCalled) {
                callbackCalled = true;
                onResult(err, res);
            }
        }
        const req = info.httpModule.request(info.options, (msg) => {
            const res = new HttpClientResponse(msg);
            handleResult(undefined, res);
        });
        let socket;
        req.on('socket', sock => {
            socket = sock;
        });
        // If we ever get disconnected, we want the socket to timeout eventually
        req.setTimeout(this._socketTimeout || 3 * 60000, () => {
            if (socket) {
                socket.end();
            }
            handleResult(new Error(`Request timeout: ${info.options.path}`));
        });
        req.on('error', function (err) {
            // err has statusCode property
            // res should have headers
            handleResult(err);
        });
        if (data && typeof data === 'string') {
            req.write(data, 'utf8');
        }
        if (data && typeof data !== 'string') {
            data.on('close', function () {
                req.end();
            });
            data.pipe(req);
        }
        else {
            req.end();
        }
    }
    /**
     * Gets an http agent. This function is useful when you need an http agent that handles
     * routing through a proxy server - depending upon the url and proxy environment variables.
     * @param serverUrl  The server URL where the request will be sent. For example, https://api.github.com
     */
    getAgent(serverUrl) {
        const parsedUrl = new URL(serverUrl);
        return this._getAgent(parsedUrl);
    }
    getAgentDispatcher(serverUrl) {
        const parsedUrl = new URL(serverUrl);
        const proxyUrl = getProxyUrl(parsedUrl);
        const useProxy = proxyUrl && proxyUrl.hostname;
        if (!useProxy) {
            return;
        }
        return this._getProxyAgentDispatcher(parsedUrl, proxyUrl);
    }
    _prepareRequest(method, requestUrl, headers) {
        const info = {};
        info.parsedUrl = requestUrl;
        const usingSsl = info.parsedUrl.protocol === 'https:';
        info.httpModule = usingSsl ? external_https_namespaceObject_0 : external_http_namespaceObject_0;
        const defaultPort = usingSsl ? 443 : 80;
        info.options = {};
        info.options.host = info.parsedUrl.hostname;
        info.options.port = info.parsedUrl.port
            ? parseInt(info.parsedUrl.port)
            : defaultPort;
        info.options.path =
            (info.parsedUrl.pathname || '') + (info.parsedUrl.search || '');
        info.options.method = method;
        info.options.headers = this._mergeHeaders(headers);
        if (this.userAgent != null) {
            info.options.headers['user-agent'] = this.userAgent;
        }
        info.options.agent = this._getAgent(info.parsedUrl);
        // gives handlers an opportunity to participate
        if (this.handlers) {
            for (const handler of this.handlers) {
                handler.prepareRequest(info.options);
            }
        }
        return info;
    }
    _mergeHeaders(headers) {
        if (this.requestOptions && this.requestOptions.headers) {
            return Object.assign({}, lowercaseKeys(this.requestOptions.headers), lowercaseKeys(headers || {}));
        }
        return lowercaseKeys(headers || {});
    }
    /**
     * Gets an existing header value or returns a default.
     * Handles converting number header values to strings since HTTP headers must be strings.
     * Note: This returns string | string[] since some headers can have multiple values.
     * For headers that must always be a single string (like Content-Type), use the
     * specialized _getExistingOrDefaultContentTypeHeader method instead.
     */
    _getExistingOrDefaultHeader(additionalHeaders, header, _default) {
        let clientHeader;
        if (this.requestOptions && this.requestOptions.headers) {
            const headerValue = lowercaseKeys(this.requestOptions.headers)[header];
            if (headerValue) {
                clientHeader =
                    typeof headerValue === 'number' ? headerValue.toString() : headerValue;
            }
        }
        const additionalValue = additionalHeaders[header];
        if (additionalValue !== undefined) {
            return typeof additionalValue === 'number'
                ? additionalValue.toString()
                : additionalValue;
        }
        if (clientHeader !== undefined) {
            return clientHeader;
        }
        return _default;
    }
    /**
     * Specialized version of _getExistingOrDefaultHeader for Content-Type header.
     * Always returns a single string (not an array) since Content-Type should be a single value.
     * Converts arrays to comma-separated strings and numbers to strings to ensure type safety.
     * This was split from _getExistingOrDefaultHeader to provide stricter typing for callers
     * that assign the result to places expecting a string (e.g., additionalHeaders[Headers.ContentType]).
     */
    _getExistingOrDefaultContentTypeHeader(additionalHeaders, _default) {
        let clientHeader;
        if (this.requestOptions && this.requestOptions.headers) {
            const headerValue = lowercaseKeys(this.requestOptions.headers)[Headers.ContentType];
            if (headerValue) {
                if (typeof headerValue === 'number') {
                    clientHeader = String(headerValue);
                }
                else if (Array.isArray(headerValue)) {
                    clientHeader = headerValue.join(', ');
                }
                else {
                    clientHeader = headerValue;
                }
            }
        }
        const additionalValue = additionalHeaders[Headers.ContentType];
        // Return the first non-undefined value, converting numbers or arrays to strings if necessary
        if (additionalValue !== undefined) {
            if (typeof additionalValue === 'number') {
                return String(additionalValue);
            }
            else if (Array.isArray(additionalValue)) {
                return additionalValue.join(', ');
            }
            else {
                return additionalValue;
            }
        }
        if (clientHeader !== undefined) {
            return clientHeader;
        }
        return _default;
    }
    _getAgent(parsedUrl) {
        let agent;
        const proxyUrl = getProxyUrl(parsedUrl);
        const useProxy = proxyUrl && proxyUrl.hostname;
        if (this._keepAlive && useProxy) {
            agent = this._proxyAgent;
        }
        if (!useProxy) {
            agent = this._agent;
        }
        // if agent is already assigned use that agent.
        if (agent) {
            return agent;
        }
        const usingSsl = parsedUrl.protocol === 'https:';
        let maxSockets = 100;
        if (this.requestOptions) {
            maxSockets = this.requestOptions.maxSockets || external_http_namespaceObject.globalAgent.maxSockets;
        }
        // This is `useProxy` again, but we need to check `proxyURl` directly for TypeScripts's flow analysis.
        if (proxyUrl && proxyUrl.hostname) {
            const agentOptions = {
                maxSockets,
                keepAlive: this._keepAlive,
                proxy: Object.assign(Object.assign({}, ((proxyUrl.username || proxyUrl.password) && {
                    proxyAuth: `${proxyUrl.username}:${proxyUrl.password}`
                })), { host: proxyUrl.hostname, port: proxyUrl.port })
            };
            let tunnelAgent;
            const overHttps = proxyUrl.protocol === 'https:';
            if (usingSsl) {
                tunnelAgent = overHttps ? tunnel.httpsOverHttps : tunnel.httpsOverHttp;
            }
            else {
                tunnelAgent = overHttps ? tunnel.httpOverHttps : tunnel.httpOverHttp;
            }
            agent = tunnelAgent(agentOptions);
            this._proxyAgent = agent;
        }
        // if tunneling agent isn't assigned create a new agent
        if (!agent) {
            const options = { keepAlive: this._keepAlive, maxSockets };
            agent = usingSsl ? new external_https_namespaceObject.Agent(options) : new external_http_namespaceObject.Agent(options);
            this._agent = agent;
        }
        if (usingSsl && this._ignoreSslError) {
            // we don't want to set NODE_TLS_REJECT_UNAUTHORIZED=0 since that will affect request for entire process
            // http.RequestOptions doesn't expose a way to modify RequestOptions.agent.options
            // we have to cast it to any and change it directly
            agent.options = Object.assign(agent.options || {}, {
                rejectUnauthorized: false
            });
        }
        return agent;
    }
    _getProxyAgentDispatcher(parsedUrl, proxyUrl) {
        let proxyAgent;
        if (this._keepAlive) {
            proxyAgent = this._proxyAgentDispatcher;
        }
        // if agent is already assigned use that agent.
        if (proxyAgent) {
            return proxyAgent;
        }
        const usingSsl = parsedUrl.protocol === 'https:';
        proxyAgent = new undici/* ProxyAgent */.k(Object.assign({ uri: proxyUrl.href, pipelining: !this._keepAlive ? 0 : 1 }, ((proxyUrl.username || proxyUrl.password) && {
            token: `Basic ${Buffer.from(`${proxyUrl.username}:${proxyUrl.password}`).toString('base64')}`
        })));
        this._proxyAgentDispatcher = proxyAgent;
        if (usingSsl && this._ignoreSslError) {
            // we don't want to set NODE_TLS_REJECT_UNAUTHORIZED=0 since that will affect request for entire process
            // http.RequestOptions doesn't expose a way to modify RequestOptions.agent.options
            // we have to cast it to any and change it directly
            proxyAgent.options = Object.assign(proxyAgent.options.requestTls || {}, {
                rejectUnauthorized: false
            });
        }
        return proxyAgent;
    }
    _getUserAgentWithOrchestrationId(userAgent) {
        const baseUserAgent = userAgent || 'actions/http-client';
        const orchId = process.env['ACTIONS_ORCHESTRATION_ID'];
        if (orchId) {
            // Sanitize the orchestration ID to ensure it contains only valid characters
            // Valid characters: 0-9, a-z, _, -, .
            const sanitizedId = orchId.replace(/[^a-z0-9_.-]/gi, '_');
            return `${baseUserAgent} actions_orchestration_id/${sanitizedId}`;
        }
        return baseUserAgent;
    }
    _performExponentialBackoff(retryNumber) {
        return __awaiter(this, void 0, void 0, function* () {
            retryNumber = Math.min(ExponentialBackoffCeiling, retryNumber);
            const ms = ExponentialBackoffTimeSlice * Math.pow(2, retryNumber);
            return new Promise(resolve => setTimeout(() => resolve(), ms));
        });
    }
    _processResponse(res, options) {
        return __awaiter(this, void 0, void 0, function* () {
            return new Promise((resolve, reject) => __awaiter(this, void 0, void 0, function* () {
                const statusCode = res.message.statusCode || 0;
                const response = {
                    statusCode,
                    result: null,
                    headers: {}
                };
                // not found leads to null obj returned
                if (statusCode === HttpCodes.NotFound) {
                    resolve(response);
                }
                // get the result from the body
                function dateTimeDeserializer(key, value) {
                    if (typeof value === 'string') {
                        const a = new Date(value);
                        if (!isNaN(a.valueOf())) {
                            return a;
                        }
                    }
                    return value;
                }
                let obj;
                let contents;
                try {
                    contents = yield res.readBody();
                    if (contents && contents.length > 0) {
                        if (options && options.deserializeDates) {
                            obj = JSON.parse(contents, dateTimeDeserializer);
                        }
                        else {
                            obj = JSON.parse(contents);
                        }
                        response.result = obj;
                    }
                    response.headers = res.message.headers;
                }
                catch (err) {
                    // Invalid resource (contents not json);  leaving result obj null
                }
                // note that 3xx redirects are handled by the http layer.
                if (statusCode > 299) {
                    let msg;
                    // if exception/error in body, attempt to get better error
                    if (obj && obj.message) {
                        msg = obj.message;
                    }
                    else if (contents && contents.length > 0) {
                        // it may be the case that the exception is in the body message as string
                        msg = contents;
                    }
                    else {
                        msg = `Failed request: (${statusCode})`;
                    }
                    const err = new HttpClientError(msg, statusCode);
                    err.result = response.result;
                    reject(err);
                }
                else {
                    resolve(response);
                }
            }));
        });
    }
}
const lowercaseKeys = (obj) => Object.keys(obj).reduce((c, k) => ((c[k.toLowerCase()] = obj[k]), c), {});
//# sourceMappingURL=index.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/http-client/lib/auth.js
var auth_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
class BasicCredentialHandler {
    constructor(username, password) {
        this.username = username;
        this.password = password;
    }
    prepareRequest(options) {
        if (!options.headers) {
            throw Error('The request has no headers');
        }
        options.headers['Authorization'] = `Basic ${Buffer.from(`${this.username}:${this.password}`).toString('base64')}`;
    }
    // This handler cannot handle 401
    canHandleAuthentication() {
        return false;
    }
    handleAuthentication() {
        return auth_awaiter(this, void 0, void 0, function* () {
            throw new Error('not implemented');
        });
    }
}
class BearerCredentialHandler {
    constructor(token) {
        this.token = token;
    }
    // currently implements pre-authorization
    // TODO: support preAuth = false where it hooks on 401
    prepareRequest(options) {
        if (!options.headers) {
            throw Error('The request has no headers');
        }
        options.headers['Authorization'] = `Bearer ${this.token}`;
    }
    // This handler cannot handle 401
    canHandleAuthentication() {
        return false;
    }
    handleAuthentication() {
        return auth_awaiter(this, void 0, void 0, function* () {
            throw new Error('not implemented');
        });
    }
}
class PersonalAccessTokenCredentialHandler {
    constructor(token) {
        this.token = token;
    }
    // currently implements pre-authorization
    // TODO: support preAuth = false where it hooks on 401
    prepareRequest(options) {
        if (!options.headers) {
            throw Error('The request has no headers');
        }
        options.headers['Authorization'] = `Basic ${Buffer.from(`PAT:${this.token}`).toString('base64')}`;
    }
    // This handler cannot handle 401
    canHandleAuthentication() {
        return false;
    }
    handleAuthentication() {
        return auth_awaiter(this, void 0, void 0, function* () {
            throw new Error('not implemented');
        });
    }
}
//# sourceMappingURL=auth.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/oidc-utils.js
var oidc_utils_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};



class OidcClient {
    static createHttpClient(allowRetry = true, maxRetry = 10) {
        const requestOptions = {
            allowRetries: allowRetry,
            maxRetries: maxRetry
        };
        return new HttpClient('actions/oidc-client', [new BearerCredentialHandler(OidcClient.getRequestToken())], requestOptions);
    }
    static getRequestToken() {
        const token = process.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
        if (!token) {
            throw new Error('Unable to get ACTIONS_ID_TOKEN_REQUEST_TOKEN env variable');
        }
        return token;
    }
    static getIDTokenUrl() {
        const runtimeUrl = process.env['ACTIONS_ID_TOKEN_REQUEST_URL'];
        if (!runtimeUrl) {
            throw new Error('Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable');
        }
        return runtimeUrl;
    }
    static getCall(id_token_url) {
        return oidc_utils_awaiter(this, void 0, void 0, function* () {
            var _a;
            const httpclient = OidcClient.createHttpClient();
            const res = yield httpclient
                .getJson(id_token_url)
                .catch(error => {
                throw new Error(`Failed to get ID Token. \n 
        Error Code : ${error.statusCode}\n 
        Error Message: ${error.message}`);
            });
            const id_token = (_a = res.result) === null || _a === void 0 ? void 0 : _a.value;
            if (!id_token) {
                throw new Error('Response json body do not have ID Token field');
            }
            return id_token;
        });
    }
    static getIDToken(audience) {
        return oidc_utils_awaiter(this, void 0, void 0, function* () {
            try {
                // New ID Token is requested from action service
                let id_token_url = OidcClient.getIDTokenUrl();
                if (audience) {
                    const encodedAudience = encodeURIComponent(audience);
                    id_token_url = `${id_token_url}&audience=${encodedAudience}`;
                }
                debug(`ID token url is ${id_token_url}`);
                const id_token = yield OidcClient.getCall(id_token_url);
                setSecret(id_token);
                return id_token;
            }
            catch (error) {
                throw new Error(`Error message: ${error.message}`);
            }
        });
    }
}
//# sourceMappingURL=oidc-utils.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/summary.js
var summary_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};


const { access, appendFile, writeFile } = external_fs_namespaceObject.promises;
const SUMMARY_ENV_VAR = 'GITHUB_STEP_SUMMARY';
const SUMMARY_DOCS_URL = 'https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-job-summary';
class Summary {
    constructor() {
        this._buffer = '';
    }
    /**
     * Finds the summary file path from the environment, rejects if env var is not found or file does not exist
     * Also checks r/w permissions.
     *
     * @returns step summary file path
     */
    filePath() {
        return summary_awaiter(this, void 0, void 0, function* () {
            if (this._filePath) {
                return this._filePath;
            }
            const pathFromEnv = process.env[SUMMARY_ENV_VAR];
            if (!pathFromEnv) {
                throw new Error(`Unable to find environment variable for $${SUMMARY_ENV_VAR}. Check if your runtime environment supports job summaries.`);
            }
            try {
                yield access(pathFromEnv, external_fs_namespaceObject.constants.R_OK | external_fs_namespaceObject.constants.W_OK);
            }
            catch (_a) {
                throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
            }
            this._filePath = pathFromEnv;
            return this._filePath;
        });
    }
    /**
     * Wraps content in an HTML tag, adding any HTML attributes
     *
     * @param {string} tag HTML tag to wrap
     * @param {string | null} content content within the tag
     * @param {[attribute: string]: string} attrs key-value list of HTML attributes to add
     *
     * @returns {string} content wrapped in HTML element
     */
    wrap(tag, content, attrs = {}) {
        const htmlAttrs = Object.entries(attrs)
            .map(([key, value]) => ` ${key}="${value}"`)
            .join('');
        if (!content) {
            return `<${tag}${htmlAttrs}>`;
        }
        return `<${tag}${htmlAttrs}>${content}</${tag}>`;
    }
    /**
     * Writes text in the buffer to the summary buffer file and empties buffer. Will append by default.
     *
     * @param {SummaryWriteOptions} [options] (optional) options for write operation
     *
     * @returns {Promise<Summary>} summary instance
     */
    write(options) {
        return summary_awaiter(this, void 0, void 0, function* () {
            const overwrite = !!(options === null || options === void 0 ? void 0 : options.overwrite);
            const filePath = yield this.filePath();
            const writeFunc = overwrite ? writeFile : appendFile;
            yield writeFunc(filePath, this._buffer, { encoding: 'utf8' });
            return this.emptyBuffer();
        });
    }
    /**
     * Clears the summary buffer and wipes the summary file
     *
     * @returns {Summary} summary instance
     */
    clear() {
        return summary_awaiter(this, void 0, void 0, function* () {
            return this.emptyBuffer().write({ overwrite: true });
        });
    }
    /**
     * Returns the current summary buffer as a string
     *
     * @returns {string} string of summary buffer
     */
    stringify() {
        return this._buffer;
    }
    /**
     * If the summary buffer is empty
     *
     * @returns {boolen} true if the buffer is empty
     */
    isEmptyBuffer() {
        return this._buffer.length === 0;
    }
    /**
     * Resets the summary buffer without writing to summary file
     *
     * @returns {Summary} summary instance
     */
    emptyBuffer() {
        this._buffer = '';
        return this;
    }
    /**
     * Adds raw text to the summary buffer
     *
     * @param {string} text content to add
     * @param {boolean} [addEOL=false] (optional) append an EOL to the raw text (default: false)
     *
     * @returns {Summary} summary instance
     */
    addRaw(text, addEOL = false) {
        this._buffer += text;
        return addEOL ? this.addEOL() : this;
    }
    /**
     * Adds the operating system-specific end-of-line marker to the buffer
     *
     * @returns {Summary} summary instance
     */
    addEOL() {
        return this.addRaw(external_os_namespaceObject.EOL);
    }
    /**
     * Adds an HTML codeblock to the summary buffer
     *
     * @param {string} code content to render within fenced code block
     * @param {string} lang (optional) language to syntax highlight code
     *
     * @returns {Summary} summary instance
     */
    addCodeBlock(code, lang) {
        const attrs = Object.assign({}, (lang && { lang }));
        const element = this.wrap('pre', this.wrap('code', code), attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML list to the summary buffer
     *
     * @param {string[]} items list of items to render
     * @param {boolean} [ordered=false] (optional) if the rendered list should be ordered or not (default: false)
     *
     * @returns {Summary} summary instance
     */
    addList(items, ordered = false) {
        const tag = ordered ? 'ol' : 'ul';
        const listItems = items.map(item => this.wrap('li', item)).join('');
        const element = this.wrap(tag, listItems);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML table to the summary buffer
     *
     * @param {SummaryTableCell[]} rows table rows
     *
     * @returns {Summary} summary instance
     */
    addTable(rows) {
        const tableBody = rows
            .map(row => {
            const cells = row
                .map(cell => {
                if (typeof cell === 'string') {
                    return this.wrap('td', cell);
                }
                const { header, data, colspan, rowspan } = cell;
                const tag = header ? 'th' : 'td';
                const attrs = Object.assign(Object.assign({}, (colspan && { colspan })), (rowspan && { rowspan }));
                return this.wrap(tag, data, attrs);
            })
                .join('');
            return this.wrap('tr', cells);
        })
            .join('');
        const element = this.wrap('table', tableBody);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds a collapsable HTML details element to the summary buffer
     *
     * @param {string} label text for the closed state
     * @param {string} content collapsable content
     *
     * @returns {Summary} summary instance
     */
    addDetails(label, content) {
        const element = this.wrap('details', this.wrap('summary', label) + content);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML image tag to the summary buffer
     *
     * @param {string} src path to the image you to embed
     * @param {string} alt text description of the image
     * @param {SummaryImageOptions} options (optional) addition image attributes
     *
     * @returns {Summary} summary instance
     */
    addImage(src, alt, options) {
        const { width, height } = options || {};
        const attrs = Object.assign(Object.assign({}, (width && { width })), (height && { height }));
        const element = this.wrap('img', null, Object.assign({ src, alt }, attrs));
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML section heading element
     *
     * @param {string} text heading text
     * @param {number | string} [level=1] (optional) the heading level, default: 1
     *
     * @returns {Summary} summary instance
     */
    addHeading(text, level) {
        const tag = `h${level}`;
        const allowedTag = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].includes(tag)
            ? tag
            : 'h1';
        const element = this.wrap(allowedTag, text);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML thematic break (<hr>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addSeparator() {
        const element = this.wrap('hr', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML line break (<br>) to the summary buffer
     *
     * @returns {Summary} summary instance
     */
    addBreak() {
        const element = this.wrap('br', null);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML blockquote to the summary buffer
     *
     * @param {string} text quote text
     * @param {string} cite (optional) citation url
     *
     * @returns {Summary} summary instance
     */
    addQuote(text, cite) {
        const attrs = Object.assign({}, (cite && { cite }));
        const element = this.wrap('blockquote', text, attrs);
        return this.addRaw(element).addEOL();
    }
    /**
     * Adds an HTML anchor tag to the summary buffer
     *
     * @param {string} text link text/content
     * @param {string} href hyperlink
     *
     * @returns {Summary} summary instance
     */
    addLink(text, href) {
        const element = this.wrap('a', text, { href });
        return this.addRaw(element).addEOL();
    }
}
const _summary = new Summary();
/**
 * @deprecated use `core.summary`
 */
const markdownSummary = _summary;
const summary = _summary;
//# sourceMappingURL=summary.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/path-utils.js

/**
 * toPosixPath converts the given path to the posix form. On Windows, \\ will be
 * replaced with /.
 *
 * @param pth. Path to transform.
 * @return string Posix path.
 */
function toPosixPath(pth) {
    return pth.replace(/[\\]/g, '/');
}
/**
 * toWin32Path converts the given path to the win32 form. On Linux, / will be
 * replaced with \\.
 *
 * @param pth. Path to transform.
 * @return string Win32 path.
 */
function toWin32Path(pth) {
    return pth.replace(/[/]/g, '\\');
}
/**
 * toPlatformPath converts the given path to a platform-specific path. It does
 * this by replacing instances of / and \ with the platform-specific path
 * separator.
 *
 * @param pth The path to platformize.
 * @return string The platform-specific path.
 */
function toPlatformPath(pth) {
    return pth.replace(/[/\\]/g, external_path_namespaceObject.sep);
}
//# sourceMappingURL=path-utils.js.map
// EXTERNAL MODULE: ./stubs/actions-exec/index.js
var actions_exec = __nccwpck_require__(4);
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/platform.js
var platform_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};


const getWindowsInfo = () => platform_awaiter(void 0, void 0, void 0, function* () {
    const { stdout: version } = yield actions_exec/* getExecOutput */.H('powershell -command "(Get-CimInstance -ClassName Win32_OperatingSystem).Version"', undefined, {
        silent: true
    });
    const { stdout: name } = yield actions_exec/* getExecOutput */.H('powershell -command "(Get-CimInstance -ClassName Win32_OperatingSystem).Caption"', undefined, {
        silent: true
    });
    return {
        name: name.trim(),
        version: version.trim()
    };
});
const getMacOsInfo = () => platform_awaiter(void 0, void 0, void 0, function* () {
    var _a, _b, _c, _d;
    const { stdout } = yield actions_exec/* getExecOutput */.H('sw_vers', undefined, {
        silent: true
    });
    const version = (_b = (_a = stdout.match(/ProductVersion:\s*(.+)/)) === null || _a === void 0 ? void 0 : _a[1]) !== null && _b !== void 0 ? _b : '';
    const name = (_d = (_c = stdout.match(/ProductName:\s*(.+)/)) === null || _c === void 0 ? void 0 : _c[1]) !== null && _d !== void 0 ? _d : '';
    return {
        name,
        version
    };
});
const getLinuxInfo = () => platform_awaiter(void 0, void 0, void 0, function* () {
    const { stdout } = yield actions_exec/* getExecOutput */.H('lsb_release', ['-i', '-r', '-s'], {
        silent: true
    });
    const [name, version] = stdout.trim().split('\n');
    return {
        name,
        version
    };
});
const platform = external_os_namespaceObject.platform();
const arch = external_os_namespaceObject.arch();
const isWindows = platform === 'win32';
const isMacOS = platform === 'darwin';
const isLinux = platform === 'linux';
function getDetails() {
    return platform_awaiter(this, void 0, void 0, function* () {
        return Object.assign(Object.assign({}, (yield (isWindows
            ? getWindowsInfo()
            : isMacOS
                ? getMacOsInfo()
                : getLinuxInfo()))), { platform,
            arch,
            isWindows,
            isMacOS,
            isLinux });
    });
}
//# sourceMappingURL=platform.js.map
;// CONCATENATED MODULE: ./node_modules/@actions/core/lib/core.js
var core_awaiter = (undefined && undefined.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};






/**
 * The code to exit an action
 */
var ExitCode;
(function (ExitCode) {
    /**
     * A code indicating that the action was successful
     */
    ExitCode[ExitCode["Success"] = 0] = "Success";
    /**
     * A code indicating that the action was a failure
     */
    ExitCode[ExitCode["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
//-----------------------------------------------------------------------
// Variables
//-----------------------------------------------------------------------
/**
 * Sets env variable for this action and future actions in the job
 * @param name the name of the variable to set
 * @param val the value of the variable. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function exportVariable(name, val) {
    const convertedVal = toCommandValue(val);
    process.env[name] = convertedVal;
    const filePath = process.env['GITHUB_ENV'] || '';
    if (filePath) {
        return issueFileCommand('ENV', prepareKeyValueMessage(name, val));
    }
    issueCommand('set-env', { name }, convertedVal);
}
/**
 * Registers a secret which will get masked from logs
 *
 * @param secret - Value of the secret to be masked
 * @remarks
 * This function instructs the Actions runner to mask the specified value in any
 * logs produced during the workflow run. Once registered, the secret value will
 * be replaced with asterisks (***) whenever it appears in console output, logs,
 * or error messages.
 *
 * This is useful for protecting sensitive information such as:
 * - API keys
 * - Access tokens
 * - Authentication credentials
 * - URL parameters containing signatures (SAS tokens)
 *
 * Note that masking only affects future logs; any previous appearances of the
 * secret in logs before calling this function will remain unmasked.
 *
 * @example
 * ```typescript
 * // Register an API token as a secret
 * const apiToken = "abc123xyz456";
 * setSecret(apiToken);
 *
 * // Now any logs containing this value will show *** instead
 * console.log(`Using token: ${apiToken}`); // Outputs: "Using token: ***"
 * ```
 */
function setSecret(secret) {
    issueCommand('add-mask', {}, secret);
}
/**
 * Prepends inputPath to the PATH (for this action and future actions)
 * @param inputPath
 */
function addPath(inputPath) {
    const filePath = process.env['GITHUB_PATH'] || '';
    if (filePath) {
        issueFileCommand('PATH', inputPath);
    }
    else {
        issueCommand('add-path', {}, inputPath);
    }
    process.env['PATH'] = `${inputPath}${external_path_namespaceObject.delimiter}${process.env['PATH']}`;
}
/**
 * Gets the value of an input.
 * Unless trimWhitespace is set to false in InputOptions, the value is also trimmed.
 * Returns an empty string if the value is not defined.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string
 */
function getInput(name, options) {
    const val = process.env[`INPUT_${name.replace(/ /g, '_').toUpperCase()}`] || '';
    if (options && options.required && !val) {
        throw new Error(`Input required and not supplied: ${name}`);
    }
    if (options && options.trimWhitespace === false) {
        return val;
    }
    return val.trim();
}
/**
 * Gets the values of an multiline input.  Each value is also trimmed.
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   string[]
 *
 */
function getMultilineInput(name, options) {
    const inputs = getInput(name, options)
        .split('\n')
        .filter(x => x !== '');
    if (options && options.trimWhitespace === false) {
        return inputs;
    }
    return inputs.map(input => input.trim());
}
/**
 * Gets the input value of the boolean type in the YAML 1.2 "core schema" specification.
 * Support boolean input list: `true | True | TRUE | false | False | FALSE` .
 * The return value is also in boolean type.
 * ref: https://yaml.org/spec/1.2/spec.html#id2804923
 *
 * @param     name     name of the input to get
 * @param     options  optional. See InputOptions.
 * @returns   boolean
 */
function getBooleanInput(name, options) {
    const trueValue = ['true', 'True', 'TRUE'];
    const falseValue = ['false', 'False', 'FALSE'];
    const val = getInput(name, options);
    if (trueValue.includes(val))
        return true;
    if (falseValue.includes(val))
        return false;
    throw new TypeError(`Input does not meet YAML 1.2 "Core Schema" specification: ${name}\n` +
        `Support boolean input list: \`true | True | TRUE | false | False | FALSE\``);
}
/**
 * Sets the value of an output.
 *
 * @param     name     name of the output to set
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function setOutput(name, value) {
    const filePath = process.env['GITHUB_OUTPUT'] || '';
    if (filePath) {
        return issueFileCommand('OUTPUT', prepareKeyValueMessage(name, value));
    }
    process.stdout.write(external_os_namespaceObject.EOL);
    issueCommand('set-output', { name }, toCommandValue(value));
}
/**
 * Enables or disables the echoing of commands into stdout for the rest of the step.
 * Echoing is disabled by default if ACTIONS_STEP_DEBUG is not set.
 *
 */
function setCommandEcho(enabled) {
    issue('echo', enabled ? 'on' : 'off');
}
//-----------------------------------------------------------------------
// Results
//-----------------------------------------------------------------------
/**
 * Sets the action status to failed.
 * When the action exits it will be with an exit code of 1
 * @param message add error issue message
 */
function setFailed(message) {
    process.exitCode = ExitCode.Failure;
    error(message);
}
//-----------------------------------------------------------------------
// Logging Commands
//-----------------------------------------------------------------------
/**
 * Gets whether Actions Step Debug is on or not
 */
function isDebug() {
    return process.env['RUNNER_DEBUG'] === '1';
}
/**
 * Writes debug message to user log
 * @param message debug message
 */
function debug(message) {
    issueCommand('debug', {}, message);
}
/**
 * Adds an error issue
 * @param message error issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function error(message, properties = {}) {
    issueCommand('error', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a warning issue
 * @param message warning issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function warning(message, properties = {}) {
    issueCommand('warning', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a notice issue
 * @param message notice issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function notice(message, properties = {}) {
    issueCommand('notice', toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Writes info to log with console.log.
 * @param message info message
 */
function info(message) {
    process.stdout.write(message + external_os_namespaceObject.EOL);
}
/**
 * Begin an output group.
 *
 * Output until the next `groupEnd` will be foldable in this group
 *
 * @param name The name of the output group
 */
function startGroup(name) {
    issue('group', name);
}
/**
 * End an output group.
 */
function endGroup() {
    issue('endgroup');
}
/**
 * Wrap an asynchronous function call in a group.
 *
 * Returns the same type as the function itself.
 *
 * @param name The name of the group
 * @param fn The function to wrap in the group
 */
function group(name, fn) {
    return core_awaiter(this, void 0, void 0, function* () {
        startGroup(name);
        let result;
        try {
            result = yield fn();
        }
        finally {
            endGroup();
        }
        return result;
    });
}
//-----------------------------------------------------------------------
// Wrapper action state
//-----------------------------------------------------------------------
/**
 * Saves state for current action, the state can only be retrieved by this action's post job execution.
 *
 * @param     name     name of the state to store
 * @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function saveState(name, value) {
    const filePath = process.env['GITHUB_STATE'] || '';
    if (filePath) {
        return issueFileCommand('STATE', prepareKeyValueMessage(name, value));
    }
    issueCommand('save-state', { name }, toCommandValue(value));
}
/**
 * Gets the value of an state set by this action's main execution.
 *
 * @param     name     name of the state to get
 * @returns   string
 */
function getState(name) {
    return process.env[`STATE_${name}`] || '';
}
function getIDToken(aud) {
    return core_awaiter(this, void 0, void 0, function* () {
        return yield OidcClient.getIDToken(aud);
    });
}
/**
 * Summary exports
 */

/**
 * @deprecated use core.summary
 */

/**
 * Path exports
 */

/**
 * Platform utilities exports
 */

//# sourceMappingURL=core.js.map
;// CONCATENATED MODULE: ./build/runner/log.js

/** How much a step prints at the most, debug lines apart, which have as much for themselves. Errors do not count. */
const MAX_MESSAGES = 300;
const MAX_BYTES = 32 * 1024;
/**
 * @param title of the annotations
 * @returns the log of a step that writes through `core`, and not without end, whatever it is told to write
 */
function logTo(core, masks, title) {
    const [all, debug] = [new Budget(), new Budget()];
    let asked = 'nothing';
    // The runner masks as well; taken out here, a secret is in no text, wherever it goes.
    const clean = (message) => withoutCommands(masks.redact(message));
    const limited = (budget, print) => (message) => {
        const text = clean(message);
        if (budget.take(text))
            print(text);
    };
    return {
        info: limited(all, core.info),
        warning: limited(all, message => core.warning(message, { title })),
        error: message => core.error(clean(message), { title }),
        debug: limited(debug, core.debug),
        asking: request => {
            asked = request;
        },
        get asked() {
            return asked;
        },
        close: () => {
            if (all.refused > 0)
                core.info(`${all.refused} more messages were left out.`);
            if (debug.refused > 0)
                core.debug(`${debug.refused} more messages were left out.`);
        },
    };
}
class Budget {
    refused = 0;
    #messages = 0;
    #bytes = 0;
    take(text) {
        const bytes = Buffer.byteLength(text);
        if (this.#messages >= MAX_MESSAGES || this.#bytes + bytes > MAX_BYTES) {
            this.refused++;
            return false;
        }
        this.#messages++;
        this.#bytes += bytes;
        return true;
    }
}

;// CONCATENATED MODULE: ./build/runner/masks.js
/** What is shorter is no secret, and would blank out every log: think of the line `}` of a JSON that was pasted. */
const MIN_LENGTH = 4;
/**
 * Every form in which a URL, a form or JSON would print this secret. The runner masks a value as it is and in some
 * encodings (base64, and the escapes of JSON, URIs and XML); these are the forms of other programs, and those that our own
 * texts must not hold. An ordinary JWT or gateway key has one form; the rest is for values that need escaping.
 *
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
function secretForms(secret) {
    const uri = encodeURIComponent(secret.toWellFormed());
    const strictUri = uri.replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
    const form = new URLSearchParams({ '': secret }).toString().slice(1);
    const json = JSON.stringify(secret).slice(1, -1);
    const forms = [
        secret,
        // A log is masked line by line, so a secret over several lines is masked by its lines.
        ...secret.split(/[\r\n]+/).map(line => line.trim()),
        encodeURI(secret.toWellFormed()),
        uri,
        strictUri,
        uri.replaceAll('%2F', '/'),
        form,
        ...[uri, strictUri, form].map(lowerCaseEscapes),
        json,
        json.replaceAll('/', '\\/'),
        // As Go writes JSON.
        json.replace(/[<>&]/g, character => `\\u00${character.charCodeAt(0).toString(16)}`),
        json.replace(/[^\x20-\x7e]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ];
    return [...new Set(forms)].filter(form => form.length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
}
function lowerCaseEscapes(text) {
    return text.replace(/%[0-9A-F]{2}/g, escaped => escaped.toLowerCase());
}
/** What is masked in this step: in the log by the runner, and in our own texts by {@link Masks.redact}. */
class Masks {
    #mask;
    #forms = new Set();
    /** @param mask tells the runner to mask a value, as `core.setSecret` does */
    constructor(mask) {
        this.#mask = mask;
    }
    /** Masks a text in every form it could be printed in. To be called before anything else can print it. */
    add(text) {
        for (const form of secretForms(text)) {
            if (this.#forms.has(form))
                continue;
            this.#forms.add(form);
            this.#mask(form);
        }
    }
    /** The text without anything that is masked. The log is masked by the runner; this is for texts that must hold none. */
    redact(text) {
        let clean = text;
        for (const form of [...this.#forms].sort((a, b) => b.length - a.length))
            clean = clean.replaceAll(form, '***');
        return clean;
    }
}

;// CONCATENATED MODULE: ./build/runner/runner.js





/** How long a step may go on after it was stopped, to revoke or to report what it created. In milliseconds. */
const GRACE_MS = 6_000;
/** How long a process may go on when its work is done. In milliseconds. */
const LINGER_MS = 500;
/** A signal that aborts when a step that was stopped has no time left to clean up. */
function endOfGrace(stopped) {
    const grace = new AbortController();
    stopped.addEventListener('abort', () => setTimeout(() => grace.abort(), GRACE_MS).unref(), { once: true });
    return grace.signal;
}
/**
 * Runs one stage of a step as a process of its own: reports what it throws in one line, and ends the process even if a
 * connection still hangs. It does not end without a word: work that has not settled when the process has nothing left to
 * do is a failure.
 */
async function run(work, options) {
    const { onFailure, title, about = '' } = options;
    const masks = new Masks(setSecret);
    const log = logTo(core_namespaceObject, masks, title);
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'])
        process.on(signal, () => stop.abort());
    let ended = false;
    const end = (thrown) => {
        if (ended)
            return;
        ended = true;
        log.close();
        if (thrown !== undefined) {
            report(thrown, log, onFailure, about);
            process.exitCode = onFailure === 'fail' ? ExitCode.Failure : ExitCode.Success;
        }
        // The process ends by itself when the log has taken all, as no idle connection holds it. It is ended only if
        // something else does: Node 24 can hang for ever in process.exit() while V8 compiles in the background.
        setTimeout(() => process.exit(), LINGER_MS).unref();
    };
    process.on('uncaughtException', end);
    process.on('beforeExit', () => {
        const what = `The step ended before its work was done: it was waiting for the answer to ${log.asked}.`;
        end(new ActionError(`${what} ${about}Please report it as an issue of this action.`));
    });
    const stopped = stop.signal;
    const runner = { core: core_namespaceObject, masks, log, env: process.env, stopped, graceEnded: endOfGrace(stopped) };
    await work(runner).then(() => end(), end);
}
function report(thrown, log, onFailure, about) {
    const tell = onFailure === 'fail' ? log.error : log.warning;
    if (thrown instanceof ActionError) {
        tell(thrown.message);
        return;
    }
    if (thrown instanceof Error && thrown.stack !== undefined)
        log.debug(thrown.stack);
    tell(`Unexpected error: ${printable(messageOf(thrown))}. ${about}Please report it as an issue of this action; run the job with debug logging for the details.`);
}

;// CONCATENATED MODULE: ./build/pinata/types.js
/** What an access control is called in logs, outputs and records: the ID of a key, the value of an origin. */
function publicName(control) {
    return control.kind === 'key' ? control.id : control.value;
}
/** The ID, which must not be printed unless it is a key's. */
function idOf({ id }) {
    return typeof id === 'string' ? id : id.reveal();
}
/** What only somebody with a JWT can read: the value of a key, the ID of an origin. */
function secretOf(control) {
    return control.kind === 'key' ? control.value : control.id;
}
/** The entries of this value. */
function originsOf(origins, value) {
    return origins.filter(each => each.value === value);
}
/** The access controls of a gateway that this action creates. */
function controlsOf({ keys, origins }) {
    return [...keys, ...origins];
}
/** Printable text, so that it can be told; in a path it is encoded by {@link segment}. */
const ID = /^[^\p{C}\p{Zl}\p{Zp}]{1,256}$/u;
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/;
/** Whether a value can be an ID of Pinata's. */
function types_isId(value) {
    // A server that sends the JWT back gets it printed nowhere.
    if (typeof value !== 'string' || !ID.test(value) || JWT.test(value))
        return false;
    return value === value.trim() && value !== '.' && value !== '..';
}
const ORIGIN = /^https:\/\/(\[[\da-f:.]{2,45}\]|(?=.{1,253}(:|$))[\w-]+(\.[\w-]+)*)(:\d{1,5})?$/;
/** Whether a value is a web origin in the form in which a browser sends it, as far as the action records it. */
function types_isOrigin(value) {
    return typeof value === 'string' && ORIGIN.test(value);
}
/** Whether a value can be the ID of a key. */
function types_isKeyId(value) {
    return types_isId(value);
}
/** Whether a value can be the ID of a gateway. */
function types_isGatewayId(value) {
    return types_isId(value);
}
/** An ID in a path, where `..` would make a DELETE of a key one of its gateway: no ID is that. */
function segment(id) {
    return encodeURIComponent(id);
}
/** Whether a secret has the shape of a JWT. Only for the words of an error: Pinata decides what it accepts. */
function looksLikeJwt(jwt) {
    return JWT.test(jwt.reveal());
}

;// CONCATENATED MODULE: ./build/runner/summary.js


/** A part of the job summary. @param sentence what happened, in Markdown */
function section(heading, sentence) {
    return `\n### ${heading}\n\n${sentence}\n`;
}
/** A table of the job summary. Cells are Markdown: who gives them has checked or escaped what is in them. */
function table(columns, rows) {
    const line = (cells) => `| ${cells.join(' | ')} |`;
    return ['', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n');
}
/** A part of the job summary that is folded. */
function details(heading, markdown) {
    return `\n<details><summary>${heading}</summary>\n${markdown}\n</details>\n`;
}
/** A text as code in a cell. */
function code(text) {
    return `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}
/** Adds to the job summary. A summary that can't be written is no reason to fail. */
async function addToSummary({ core, log }, markdown) {
    try {
        await core.summary.addRaw(markdown, true).write();
    }
    catch (error) {
        log.info(`There is no job summary: ${printable(messageOf(error))}`);
    }
}

;// CONCATENATED MODULE: ./build/steps/words.js
const WORDS = {
    key: {
        title: 'Key',
        notCreated: 'No key was created',
        created: 'created',
        revoke: 'revoke',
        revoked: 'revoked',
        firstInput: 'first-key',
        others: 'readers without a key',
    },
    origin: {
        title: 'Origin',
        notCreated: 'No origin was added',
        created: 'added',
        revoke: 'remove',
        revoked: 'removed',
        firstInput: 'first-control',
        others: 'readers that are not pages of it',
    },
};

;// CONCATENATED MODULE: ./build/steps/summary.js





/** A gateway in a sentence: its domain if it is known, else its ID. */
function gatewayName(gateway) {
    return gateway.url === '' ? gateway.id : gateway.url.slice('https://'.length);
}
/** A gateway as the user gave it: its domain, custom or not, or for an ID the address that Pinata tells. */
function addressOf(ref, { id, url }) {
    return { id, url: 'domain' in ref ? `https://${ref.domain}` : url };
}
/** When the key that a step created will be revoked, for its log and its summary. */
const REVOKED_WHEN = {
    never: 'not by this job (use the revoke action)',
    'on-failure': 'by the post step, if the job fails or is cancelled',
    'after-job': 'by the post step',
};
/** `2024-07-12 15:34:59 UTC` of a time of Pinata's or of milliseconds since 1970, for a person. */
function readableTime(time) {
    const date = new Date(time);
    return Number.isNaN(date.valueOf()) ? 'unknown' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
/** A gateway as a cell of the summary. */
function gatewayCell(gateway) {
    return gateway.url === '' ? code(gateway.id) : `[${gatewayName(gateway)}](${gateway.url})`;
}
/** How the summary calls a kind of access control. */
const HEADINGS = {
    key: { title: 'Pinata gateway key', column: 'Key ID' },
    origin: { title: 'Pinata web origin', column: 'Origin' },
};
/** The summary of a step that got an access control. Never holds a secret. @param sentence what happened */
function controlSummary(sentence, { gateway, control, revoked, named, }) {
    const { title, column } = HEADINGS[control.kind];
    const columns = ['Gateway', column, 'Created', `Will be ${WORDS[control.kind].revoked}`];
    const cells = [gatewayCell(gateway), code(publicName(control)), readableTime(control.createdAt), revoked];
    if (named !== undefined) {
        columns.splice(2, 0, 'Name');
        cells.splice(2, 0, code(named.name));
        columns.push('Expires');
        cells.push(Number.isFinite(named.expiresAtMs) ? readableTime(named.expiresAtMs) : 'never');
    }
    return section(title, sentence) + table(columns, [cells]);
}
/** What a name means for an access control, as a sentence for the log; empty without a name. */
function nameNote(kind, named) {
    if (named === undefined)
        return '';
    return Number.isFinite(named.expiresAtMs)
        ? ` Its name is ${named.name}, and it expires at ${readableTime(named.expiresAtMs)}, when a sweep may ${WORDS[kind].revoke} it.`
        : ` Its name is ${named.name}.`;
}
/**
 * Hands an access control to the steps that come after. Its secret is masked before.
 *
 * @param created whether this step created it
 * @throws ActionError if the runner does not take it
 */
function setOutputs(core, { gateway, control, named, created, }) {
    const expiresAtMs = named?.expiresAtMs ?? Number.POSITIVE_INFINITY;
    const own = control.kind === 'key'
        ? { 'gateway-key': control.value?.reveal() ?? '', 'key-id': control.id }
        : { origin: control.value };
    const outputs = {
        ...own,
        'gateway-id': gateway.id,
        'gateway-url': gateway.url,
        'created-at': control.createdAt,
        'expires-at': Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : '',
        created: String(created),
    };
    try {
        for (const [name, value] of Object.entries(outputs))
            core.setOutput(name, value);
    }
    catch (error) {
        throw new ActionError(`${notHandedOver(control.kind)}: ${printable(messageOf(error))}.`);
    }
}
/** What it means that a new access control does not reach the workflow. */
function notHandedOver(kind) {
    return `The ${kind} could not be handed to the workflow`;
}

;// CONCATENATED MODULE: ./build/steps/guards.js





/** With `fail`, nothing is created unless the gateway is known to have an access control. @throws ActionError */
function refuseFirstControl(details, { wanted, first }) {
    if (first !== 'fail')
        return;
    const { notCreated, firstInput, others } = WORDS[wanted.kind];
    if (details instanceof ActionError) {
        throw new ActionError(`${notCreated}, as ${firstInput} is fail and the gateway's access controls could not be read. ${details.message}`, details.kind);
    }
    if (details.accessControls === 0) {
        throw new ActionError(`${notCreated}, as ${firstInput} is fail and gateway ${gatewayName(details)} has no access control: a first ${wanted.kind} would cut off ${others}. Set ${firstInput} to allow if that is meant.`);
    }
}
/** Says what a new access control means for other readers. @param details of the gateway before, or why they are unknown */
function reportFirstControl(details, { gateway, control }, { first }, { log }) {
    const name = gatewayName(gateway);
    const { kind } = control;
    const { title, firstInput, others } = WORDS[kind];
    const cutOff = `${others} are cut off`;
    if (details instanceof ActionError) {
        const tell = first === 'allow' ? log.info : log.warning;
        tell(`Whether gateway ${name} had an access control before ${kind} ${publicName(control)} could not be read; if not, ${cutOff} now. ${details.message}`);
    }
    else if (details.accessControls > 0) {
        log.debug(`Gateway ${name} had ${count(details.accessControls, 'access control')} before.`);
    }
    else if (first === 'warn') {
        log.warning(`${title} ${publicName(control)} is the first access control of gateway ${name}: ${cutOff} as long as it lives. Set ${firstInput} to fail to prevent this, or to allow if it is meant.`);
    }
    else {
        log.info(`It is the gateway's first access control: ${cutOff} as long as it lives.`);
    }
}
/** Whether a gateway has no access control left without these. */
function removesLastControl(gateway, removed) {
    const ids = new Set(removed.map(idOf));
    const listed = controlsOf(gateway).filter(control => ids.has(idOf(control))).length;
    return listed > 0 && listed === gateway.accessControls;
}
/** `last-key: fail` revokes nothing if the gateway would be left without access control. @throws ActionError */
function refuseLastControl(gateway, removed, { lastKey, dryRun }) {
    if (lastKey !== 'fail' || dryRun || !removesLastControl(gateway, removed))
        return;
    throw new ActionError(`Nothing was revoked, as last-key is fail and gateway ${gatewayName(gateway)} would be left without access control: anybody could read its pinned content then. If that is meant, set last-key to allow.`);
}
/** What is so of a gateway without access control. */
const OPEN = 'anybody can read its pinned content, and it serves nothing else';
/** A gateway was left without access control. */
function openGateway(gateway) {
    return `Gateway ${gatewayName(gateway)} has no access control any more: ${OPEN}.`;
}
/** A gateway may have been left without access control. @param why its access controls could not be read */
function maybeOpenGateway(gateway, why) {
    return `Whether gateway ${gatewayName(gateway)} has an access control left could not be read; if not, anybody can read its pinned content. ${why}`;
}
/** Says that a gateway has no access control any more, or would have none after a dry run. */
function reportOpenGateway(gateway, { lastKey, dryRun }, { log }) {
    if (dryRun) {
        const refused = lastKey === 'fail' ? ' As last-key is fail, nothing would be revoked at all.' : '';
        log.info(`That would remove the last access control of gateway ${gatewayName(gateway)}: ${OPEN} then.${refused}`);
    }
    else if (lastKey === 'allow')
        log.info(openGateway(gateway));
    else {
        log.warning(`${openGateway(gateway)} Set last-key to fail to prevent this, or to allow if it is meant.`);
    }
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = require("node:crypto");
;// CONCATENATED MODULE: ./build/steps/snapshot.js


/** As many fingerprints as leave the state well below 16 KiB. Windows takes 32 KiB in an environment variable. */
const MAX_PRINTS = 1200;
/** 48 bits: among 1,200 IDs, one new ID in 200 billion has the fingerprint of another. */
const PRINT_LENGTH = 8;
/** By how much the clocks of Pinata's servers may differ, in milliseconds. */
const SKEW_MS = 5_000;
/**
 * What is known of a gateway's access controls.
 *
 * @param controls those of one kind, or of one value; `undefined` if they could not be read
 * @param serverMs Pinata's time, in milliseconds since 1970; `undefined` if no answer told it
 */
function snapshotOf(controls, serverMs) {
    if (controls === undefined) {
        const since = serverMs === undefined ? {} : { since: new Date(serverMs - SKEW_MS).toISOString() };
        return { prints: '', ...since, read: false };
    }
    const newest = newestFirst(controls).slice(0, MAX_PRINTS);
    const oldest = newest.at(-1)?.createdAt;
    return {
        prints: newest.map(fingerprint).join(''),
        ...(controls.length > MAX_PRINTS && oldest ? { since: oldest } : {}),
        read: true,
    };
}
/** Those that were not there before, the newest first. */
function newSince({ prints, since }, controls) {
    const known = new Set(fingerprintsIn(prints));
    const from = since === undefined ? Number.NEGATIVE_INFINITY : nanoseconds(since);
    return newestFirst(controls.filter(each => nanoseconds(each.createdAt) >= from && !known.has(fingerprint(each))));
}
/** Whether the snapshot has this access control for certain. */
function isKnown({ prints }, control) {
    return fingerprintsIn(prints).includes(fingerprint(control));
}
function fingerprint(control) {
    return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(idOf(control)).digest('base64url').slice(0, PRINT_LENGTH);
}
function fingerprintsIn(prints) {
    return prints.match(/.{8}/g) ?? [];
}
/** Those of an unknown age may be the newest. */
function newestFirst(controls) {
    const times = new Map(controls.map(each => [each, nanoseconds(each.createdAt)]));
    return [...controls].sort((a, b) => compare(times.get(b) ?? 0n, times.get(a) ?? 0n));
}
/** A time of Pinata's in nanoseconds since 1970; infinite if it is unknown. */
function nanoseconds(createdAt) {
    const [, seconds = '', fraction = '', zone = ''] = /^(.{19})(?:\.(\d+))?(.*)$/.exec(createdAt) ?? [];
    const ms = Date.parse(seconds + zone);
    return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : BigInt(ms) * 1000000n + BigInt(fraction.padEnd(9, '0'));
}
function compare(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

;// CONCATENATED MODULE: ./build/steps/lost-origins.js




/**
 * The entries of this value that came to the gateway since the snapshot, but the step's own one, and that no record stands
 * for: an origin is known by its value, so they count as created by the step.
 *
 * @param records of names; without them, another job may have added what is found
 * @throws ActionError if the gateway or the records can't be read
 */
async function lostEntries({ gateway, value, before, own }, api, records) {
    const { origins } = await api.gateway(gateway.id);
    const entries = newSince(before, originsOf(origins, value)).filter(entry => !own || idOf(entry) !== idOf(own));
    if (records === undefined || entries.length === 0)
        return entries;
    const { live } = records.sort(await records.find(), entries);
    const recorded = new Set(live.map(({ control }) => control));
    return entries.filter(entry => !recorded.has(entry));
}
/**
 * Removes the entry that a step left on the gateway. Where it can't, or it may be another job's, that is a warning: if the
 * step has an entry in hand, or if there is more than one.
 */
async function removeLostEntry(lost, api, records, { log }) {
    const { gateway, value } = lost;
    try {
        const entries = await lostEntries(lost, api, records);
        if (entries.length === 0)
            log.info(`${mayBe(lost, 'later')} It is not there now.`);
        const mayBeOthers = lost.own !== undefined || entries.length > 1;
        if (mayBeOthers && entries.length > 0)
            log.warning(`${mayBe(lost, 'once more, without a record')} ${REMOVE}`);
        for (const entry of mayBeOthers ? [] : entries) {
            await api.remove(gateway.id, entry);
            log.info(`Removed origin ${value}, which a request whose answer got lost had added.`);
        }
    }
    catch (error) {
        log.warning(`${mayBe(lost, 'without a record')} ${REMOVE} ${messageOf(error)}`);
    }
}
/** Records the entries that are left besides the step's own one, so that they go with its name. */
async function recordLostEntries(lost, { api, records, record }, { log }) {
    try {
        const entries = records && record ? await lostEntries(lost, api, records) : [];
        if (records && record)
            for (const entry of entries)
                await records.add(record, entry, lost.gateway);
        const how = entries.length > 0 ? 'once more. It goes with the name' : 'once more, later';
        log.info(`${mayBe(lost, how)} ${REMOVE_ALL}`);
    }
    catch (error) {
        log.warning(`${mayBe(lost, 'once more, without a record')} ${REMOVE_ALL} ${messageOf(error)}`);
    }
}
const REMOVE = 'Remove it with the revoke action (origin) or in Pinata if no other job uses it.';
const REMOVE_ALL = 'The revoke action removes all of them by origin.';
function mayBe({ gateway, value }, how) {
    return `An answer of Pinata's got lost, so origin ${value} may be on gateway ${gatewayName(gateway)} ${how}.`;
}

;// CONCATENATED MODULE: ./build/steps/release.js
/**
 * Announces that access controls are about to be revoked, and looks who else counts on them. It writes first and then
 * looks, as does a step that takes an access control for a name: so at least one of the two sees the other.
 *
 * @param announced the records of the one who revokes; they are set inactive
 * @returns the records that others have written for the same access controls, read after that
 * @throws ActionError if that can't be told
 */
async function announceRevocation(records, announced) {
    for (const record of announced)
        await records.deactivate(record);
    const own = new Set(announced.map(({ deployment }) => deployment));
    const controls = [...new Set(announced.map(({ control }) => control))];
    const { live } = records.sort(await records.find(), controls);
    return live.filter(({ deployment }) => !own.has(deployment));
}
/** The first of these records that nobody has set inactive, so that what it stands for has to stay. */
async function firstActive(records, others) {
    for (const record of others)
        if (await records.isActive(record))
            return record;
    return undefined;
}
/**
 * Gives up the records of a step for an origin that it added.
 *
 * @param deployment the step's record; `undefined` if it is not known, then all of its name
 * @returns the step's records, set inactive, and a record because of which the origin has to stay
 * @throws ActionError if that can't be told
 */
async function releaseOrigin(records, origin, { name, deployment }) {
    const { live } = records.sort(await records.find(), [origin]);
    const mine = live.find(record => record.deployment === deployment);
    // By the proof: a request whose answer got lost may have written the same record once more.
    const isOwn = (record) => deployment === undefined ? record.name === name : record.proof === mine?.proof;
    const own = live.filter(isOwn);
    const others = own.length > 0 ? await announceRevocation(records, own) : live;
    return {
        own,
        holder: await firstActive(records, others.filter(record => !isOwn(record))),
    };
}

;// CONCATENATED MODULE: ./build/http/said.js


/** What an answer that is no success says, in brief: `HTTP 404, "Gateway not found", request ID …`. */
function whatWasSaid(answer) {
    const { reason, text } = saidIn(answer);
    const words = [reason, text]
        .filter(word => word !== undefined && word !== '')
        .map(word => quoted(word, 160));
    const wait = answer.retryAfterMs === undefined ? [] : [`try again after ${Math.ceil(answer.retryAfterMs / 1000)} seconds`];
    const request = answer.requestId === undefined ? [] : [`request ID ${printable(answer.requestId, 64)}`];
    return [`HTTP ${answer.status}`, ...words, ...wait, ...request].join(', ');
}
/**
 * The error of an answer's body: Pinata's `{error: {reason, details}}`, `{error: {code, message}}` or `{error: "…"}`,
 * GitHub's `{message}`, or nothing.
 */
function saidIn({ json }) {
    const error = field(json, 'error');
    if (typeof error === 'string')
        return { text: error };
    const reason = field(error, 'reason');
    const text = field(error, 'details') ?? field(error, 'message') ?? field(json, 'message');
    return {
        ...(typeof reason === 'string' ? { reason } : {}),
        ...(typeof text === 'string' ? { text } : {}),
    };
}

;// CONCATENATED MODULE: ./build/http/headers.js
/** A date of HTTP (RFC 9110, section 5.6.7) in milliseconds since 1970; `undefined` if it is none. */
function httpDate(text) {
    const isDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text ?? '');
    const date = isDate ? Date.parse(text ?? '') : Number.NaN;
    return Number.isNaN(date) ? undefined : date;
}
/**
 * `Retry-After` (seconds or a date, RFC 9110, section 10.2.3) in milliseconds; `undefined` if it is neither.
 * Fractions of a second, which some servers send, are taken as well.
 *
 * @param dateMs the server's time, in milliseconds since 1970; without it a date says nothing
 */
function retryAfter(header, dateMs) {
    const text = (header ?? '').trim();
    if (/^\d+(\.\d+)?$/.test(text))
        return Number(text) * 1000;
    const date = httpDate(text);
    return date === undefined || dateMs === undefined ? undefined : Math.max(0, date - dateMs);
}
/** Until when a rate limit is used up, by `X-RateLimit-Reset` (seconds since 1970), in milliseconds from `dateMs`. */
function rateLimitReset(headers, dateMs) {
    const reset = String(headers['x-ratelimit-reset'] ?? '');
    return /^\d{1,12}$/.test(reset) && dateMs !== undefined ? Math.max(0, Number(reset) * 1000 - dateMs) : undefined;
}

;// CONCATENATED MODULE: ./build/github/rate-limit.js


/** How long to wait when GitHub says that a secondary rate limit is used up, but not for how long. In milliseconds. */
const SECONDARY_LIMIT_MS = 60_000;
/**
 * How long to wait, in milliseconds, if a rate limit is used up: GitHub answers 403 as well as 429 then.
 *
 * @returns `undefined` if that is not what the reply says
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function rateLimitMs(reply) {
    if (reply.kind === 'fault' || (reply.status !== 403 && reply.status !== 429))
        return undefined;
    if (reply.retryAfterMs !== undefined)
        return reply.retryAfterMs;
    const resetMs = rateLimitReset(reply.headers, reply.dateMs);
    if (reply.headers['x-ratelimit-remaining'] === '0' && resetMs !== undefined)
        return resetMs;
    const message = field(reply.json, 'message');
    return typeof message === 'string' && message.includes('secondary rate limit') ? SECONDARY_LIMIT_MS : undefined;
}

;// CONCATENATED MODULE: ./build/github/errors.js




/** One line for the user: what is wrong, what to do, and what GitHub said. @param action as in "could not list the keys" */
function errorOf(reply, action, repository) {
    if (reply.kind === 'fault') {
        const { apiUrl } = repository;
        return new ActionError(explainFault(reply, { action, apiUrl, service: 'GitHub', source: 'GITHUB_API_URL' }));
    }
    return new ActionError(`${cause(reply, action, repository)} (${whatWasSaid(reply)})`, kindOf(reply));
}
function notDocumented(action) {
    return new ActionError(`Could not ${action}: the answer is not what GitHub documents. Check GITHUB_API_URL, and whether a proxy answers in GitHub's place.`);
}
function cause(answer, action, { name }) {
    const { status } = answer;
    if (status === 429 || rateLimitMs(answer) !== undefined) {
        return `GitHub's rate limit is used up, so it would not ${action}. Try again later.`;
    }
    if (status === 401) {
        return 'GitHub does not accept github-token: it is wrong or expired. Leave it out to use the token of the job, or give it one that may write deployments.';
    }
    if (status === 403 || status === 404) {
        return `github-token may not ${action} in ${name}. Give the job \`permissions: deployments: write\`. Runs that a fork or Dependabot started get a token that may only read.`;
    }
    if (status >= 300 && status < 400) {
        return `GitHub answered with a redirect, which is not followed because github-token would go with it. If ${name} was renamed, run the workflow again.`;
    }
    if (status >= 500 || status === 408)
        return `GitHub failed to ${action}. Try again later.`;
    if (status === 422) {
        return `GitHub would not ${action} in ${name}. If the run's commit is gone (a force push, a deleted branch), start the workflow on one that is there.`;
    }
    return `GitHub would not ${action} in ${name}. Check GITHUB_API_URL, and whether a proxy answers in GitHub's place.`;
}

;// CONCATENATED MODULE: ./build/github/api.js





/** Where a list that never ends is left. */
const MAX_PAGES = 1000;
/**
 * The deployments of one repository.
 *
 * @see https://docs.github.com/en/rest/deployments/deployments
 * @see https://docs.github.com/en/rest/deployments/statuses
 */
class GitHubApi {
    #connection;
    #repository;
    #backoff;
    constructor(connection, repository, backoff) {
        this.#connection = connection;
        this.#repository = repository;
        this.#backoff = backoff;
    }
    /** All deployments of an environment, or those with this task, page by page. @throws ActionError */
    async deployments(environment, task) {
        const action = 'list the records of names';
        const found = new Map();
        let query = new URLSearchParams({
            environment,
            ...(task === undefined ? {} : { task }),
            per_page: '100',
        }).toString();
        for (let page = 1; query !== undefined && page <= MAX_PAGES; page++) {
            const answer = await this.#request('GET', `?${query}`, action);
            if (!Array.isArray(answer.json))
                throw notDocumented(action);
            const before = found.size;
            for (const each of answer.json) {
                const id = field(each, 'id');
                if (!isDeploymentId(id))
                    continue;
                const [theirs, task, payload] = ['environment', 'task', 'payload'].map(name => field(each, name));
                found.set(id, { id, environment: theirs, task, payload });
            }
            query = found.size > before ? nextPage(answer) : undefined;
        }
        return [...found.values()];
    }
    /** @returns the ID of the new deployment @throws ActionError if there may be none */
    async createDeployment(deployment) {
        const action = 'record the name';
        const { json } = await this.#request('POST', '', action, deployment);
        const id = field(json, 'id');
        if (!isDeploymentId(id))
            throw notDocumented(action);
        return id;
    }
    /** @throws ActionError */
    async setStatus(id, status) {
        await this.#request('POST', `/${id}/statuses`, 'set the status of the record', status);
    }
    /** @returns whether the deployment is there and has never been set inactive @throws ActionError */
    async isActive(id) {
        const action = 'read the status of the record';
        const reply = await this.#send('GET', `/${id}/statuses?per_page=100`);
        if (isNotFound(reply))
            return false;
        const { json } = this.#answerOf(reply, action);
        if (!Array.isArray(json))
            throw notDocumented(action);
        return !json.some(status => field(status, 'state') === 'inactive');
    }
    /** Sets a deployment inactive; one that is not there any more stays so. @throws ActionError */
    async deactivate(id) {
        const reply = await this.#send('POST', `/${id}/statuses`, { state: 'inactive' });
        if (!isNotFound(reply))
            this.#answerOf(reply, 'set the record inactive');
    }
    /** Only inactive deployments can be deleted. One that is not there any more counts as deleted. @throws ActionError */
    async deleteDeployment(id) {
        const reply = await this.#send('DELETE', `/${id}`);
        if (!isNotFound(reply))
            this.#answerOf(reply, 'remove the record');
    }
    async #request(method, path, action, body) {
        return this.#answerOf(await this.#send(method, path, body), action);
    }
    async #send(method, path, body) {
        const route = `/repos/${this.#repository.name}/deployments${path}`;
        const send = async () => {
            const { signal, requestTimeoutMs: timeoutMs } = this.#backoff;
            return attemptAt(await this.#connection.exchange(method, route, { timeoutMs, signal, body }));
        };
        return (await retry(send, this.#backoff)).last.value;
    }
    #answerOf(reply, action) {
        if (reply.kind === 'answer' && isSuccessful(reply.status))
            return reply;
        if (this.#backoff.signal.aborted)
            throw new ActionError(STOPPED);
        throw errorOf(reply, action, this.#repository);
    }
}
/** What a connection to GitHub's API sends with each request. */
const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
function isNotFound(reply) {
    return reply.kind === 'answer' && reply.status === 404;
}
function isDeploymentId(value) {
    return Number.isSafeInteger(value) && Number(value) > 0;
}
/**
 * The query of the next page, from the header `Link`. Only the query is taken: the token goes to no address that an
 * answer names.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
function nextPage({ headers }) {
    const [, target = ''] = /<([^<>]*)>[^<]*;\s*rel="?next\b/.exec(String(headers.link ?? '')) ?? [];
    return URL.canParse(target) ? new URL(target).search.slice(1) : undefined;
}
/** A 403 that says that a rate limit is used up is waited for like a 429. */
function attemptAt(reply) {
    const waitMs = rateLimitMs(reply);
    if (waitMs === undefined || reply.kind === 'fault')
        return attemptOf(reply);
    const value = { ...reply, retryAfterMs: waitMs };
    return { classification: 'rate-limited', mayHaveTakenEffect: false, retryAfterMs: waitMs, value };
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = require("node:net");
;// CONCATENATED MODULE: ./build/values.js



const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The parts of a list by comma or line, without duplicates. */
function parseList(value) {
    const parts = value.split(/[,\r\n]/).map(part => part.trim());
    return [...new Set(parts.filter(part => part !== ''))];
}
/** `30m`, `12h` or `7d`, in milliseconds. @param input its name @throws ActionError if it is none of these */
function parseDuration(input, value, maxMs = Number.POSITIVE_INFINITY) {
    const [, number, unit] = /^0*([1-9]\d{0,5})([mhd])$/.exec(value) ?? [];
    const ms = Number(number) * UNIT_MS[unit];
    if (unit !== undefined && ms <= maxMs)
        return ms;
    const most = maxMs === Number.POSITIVE_INFINITY ? '' : `, ${maxMs / UNIT_MS.d} days at the most`;
    throw new ActionError(`${input} is ${shown(value)}. It must be a whole number with m (minutes), h (hours) or d (days), like 12h${most}.`);
}
/** A boolean as YAML writes it; an empty value is false. @param input its name @throws ActionError if it is none */
function parseFlag(input, value) {
    return (parseChoice(input, value, ['false', 'true', 'False', 'True', 'FALSE', 'TRUE'], 'false').toLowerCase() === 'true');
}
/** One of some words; an empty value is the default. @param input its name @throws ActionError if it is none of them */
function parseChoice(input, value, allowed, fallback) {
    if (value === '')
        return fallback;
    const found = allowed.find(each => each === value);
    if (found !== undefined)
        return found;
    const choices = [...new Set(allowed.map(each => each.toLowerCase()))];
    throw new ActionError(`${input} is ${shown(value)}. It must be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`);
}
/**
 * A refused input in a sentence. Where it holds something that does not show, or looks like another letter, it says
 * what: `"true"` alone would not tell.
 */
function shown(value) {
    const [odd] = /[^\x20-\x7e]/u.exec(value) ?? [];
    if (odd === undefined)
        return quoted(value);
    const code = odd.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    return `${quoted(value)} (with ${/[\r\n]/.test(odd) ? 'a line break' : `the character U+${code}`} in it)`;
}
/** Whether a host is this machine, to which plain http is no risk. */
function isLoopback(hostname) {
    return hostname === 'localhost' || hostname === '[::1]' || ((0,external_node_net_namespaceObject.isIP)(hostname) === 4 && hostname.startsWith('127.'));
}

;// CONCATENATED MODULE: ./build/github/repository.js





/** @throws ActionError if the variables that every runner sets are not there */
function readRepository(env) {
    const apiUrl = env.GITHUB_API_URL || 'https://api.github.com';
    const name = env.GITHUB_REPOSITORY ?? '';
    const sha = env.GITHUB_SHA ?? '';
    const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
    if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
        throw new ActionError(`GITHUB_API_URL ${quoted(apiUrl)} is not an https address, so github-token is not sent there.`);
    const id = env.GITHUB_REPOSITORY_ID || idInEvent(env.GITHUB_EVENT_PATH);
    if (!/^[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.test(name) || !/^[\da-f]{40,64}$/i.test(sha) || !/^\d{1,20}$/.test(id)) {
        throw new ActionError('Names are recorded as deployments of the repository, but the runner does not tell which it is: GITHUB_REPOSITORY, GITHUB_REPOSITORY_ID or GITHUB_SHA is not set.');
    }
    return { apiUrl: (url.origin + url.pathname).replace(/\/+$/, ''), name, id, sha };
}
/** The repository's ID in the event that started the workflow; an empty string if it is not there. */
function idInEvent(path) {
    try {
        return String(field(field(parseJson((0,external_node_fs_namespaceObject.readFileSync)(path ?? '', 'utf8')), 'repository'), 'id') ?? '');
    }
    catch {
        return '';
    }
}

;// CONCATENATED MODULE: ./build/http/proxy.js


/**
 * The proxy for a server, as `https_proxy` or `HTTPS_PROXY` names it and `no_proxy` allows it. A server that is reached by
 * plain http is this machine, for which no proxy is used.
 *
 * @throws ActionError if the value is not the URL of a proxy that can be used: it is not passed by in silence
 */
function proxyFor(server, env) {
    const name = env.https_proxy ? 'https_proxy' : 'HTTPS_PROXY';
    const value = env[name];
    if (server.protocol !== 'https:' || !value || checkBypass(server))
        return undefined;
    const advice = 'Set it to http://host:port, or unset it.';
    // Some tools take it without a scheme. `localhost:3128` is a URL of the scheme `localhost:`, though.
    const given = URL.canParse(value) || value.includes('://') ? value : `http://${value}`;
    const url = URL.canParse(given) ? new URL(given) : undefined;
    // Not quoted: it may hold a password.
    if (url === undefined || url.hostname === '' || !isDecodable(url.username + url.password)) {
        throw new ActionError(`The proxy in ${name} is not a URL. ${advice}`);
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
        throw new ActionError(`The proxy in ${name} is of a kind that this action can't use (${url.protocol}//). ${advice}`);
    }
    return url;
}
function isDecodable(text) {
    try {
        decodeURIComponent(text);
        return true;
    }
    catch {
        return false;
    }
}

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = require("node:http");
;// CONCATENATED MODULE: external "node:https"
const external_node_https_namespaceObject = require("node:https");
;// CONCATENATED MODULE: ./build/http/sockets.js


/**
 * The sockets to one server, direct or through a proxy. They can be ended at any time: while the name is looked up,
 * while the proxy is asked, during the TLS handshake, and later.
 */
class Sockets {
    agent;
    /** Who is told of it, if anybody. */
    events;
    #open = new Set();
    #ready = new Set();
    /** @param proxy an http or https URL; with it, the server speaks https */
    constructor(server, proxy) {
        const overTls = server.protocol === 'https:';
        const agent = overTls ? new external_node_https_namespaceObject.Agent({ keepAlive: true }) : new external_node_http_namespaceObject.Agent({ keepAlive: true });
        const connect = agent.createConnection.bind(agent);
        const readyEvent = overTls ? 'secureConnect' : 'connect';
        const dial = (options) => this.#watch(connect(options), readyEvent);
        agent.createConnection = (options, callback) => {
            if (proxy === undefined)
                return dial(options);
            openTunnel(proxy, `${server.hostname}:${server.port || 443}`, socket => this.#watch(socket)).then(socket => callback?.(null, dial({ ...options, socket })), error => callback?.(error, undefined));
            return undefined;
        };
        this.agent = agent;
    }
    /** Whether a socket is connected to the server, so that the next request is sent at once. */
    get isReady() {
        return this.#ready.size > 0;
    }
    /** Closes all sockets, without telling. */
    destroy() {
        const sockets = [...this.#open];
        this.#open.clear();
        this.#ready.clear();
        for (const socket of sockets)
            socket.destroy();
    }
    #watch(socket, readyEvent) {
        this.#open.add(socket);
        if (readyEvent !== undefined) {
            socket.once(readyEvent, () => {
                if (!this.#open.has(socket))
                    return;
                this.#ready.add(socket);
                this.events?.onReady();
            });
        }
        socket.once('close', () => {
            this.#ready.delete(socket);
            if (this.#open.delete(socket) && this.#open.size === 0)
                this.events?.onClose();
        });
        return socket;
    }
}
/**
 * Asks a proxy for a tunnel (RFC 9110, section 9.3.6).
 *
 * @param authority host and port of the server
 * @param onSocket gets the socket to the proxy as soon as there is one
 * @returns the socket, through which the server is reached
 */
function openTunnel(proxy, authority, onSocket) {
    const { protocol, hostname, port, username, password } = proxy;
    const overTls = protocol === 'https:';
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const options = {
        method: 'CONNECT',
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port: port || (overTls ? 443 : 80),
        path: authority,
        headers: {
            host: authority,
            ...(user === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }),
        },
        agent: false,
    };
    return new Promise((resolve, reject) => {
        const request = overTls ? (0,external_node_https_namespaceObject.request)(options) : (0,external_node_http_namespaceObject.request)(options);
        request.once('socket', onSocket);
        request.once('error', error => {
            error.message = `the proxy could not be reached: ${error.message}`;
            reject(error);
        });
        request.once('close', () => reject(new Error('the proxy closed the connection without an answer')));
        request.once('connect', ({ statusCode }, socket, head) => {
            if (statusCode === 200 && head.length === 0)
                return resolve(socket);
            socket.destroy();
            const what = statusCode === 200 ? 'sent data before the server could' : `answered HTTP ${statusCode}`;
            reject(new Error(`the proxy ${what} when it was asked for a tunnel`));
        });
        request.end();
    });
}

;// CONCATENATED MODULE: ./build/http/connection.js







/**
 * The longest answer that is read, in bytes. 20,000 keys of Pinata's take 3.5 MB; the worst JSON of this length takes less
 * than half of a heap of 256 MB.
 */
const MAX_BODY = 4 * 1024 * 1024;
/** How much is read of an answer that is no success, of which only a sentence is told. */
const MAX_ERROR_BODY = 64 * 1024;
/** The server's certificate is not accepted, so no request is sent. */
const NOT_TRUSTED = /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;
/** What is there does not speak TLS. That can be found out after a request was sent, too. */
const NO_TLS = /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/;
/**
 * One kept-alive connection to one server, one request at a time. It sends the token to that server only: it follows no
 * redirect (`@actions/http-client` would, by default, and hand the header to the new address) and retries nothing.
 */
class Connection {
    #client;
    #sockets;
    #options;
    #baseUrl;
    #network;
    /** @param baseUrl without a slash at its end @throws ActionError if the proxy that the environment names can't be used */
    constructor(baseUrl, options, network) {
        const server = new URL(baseUrl);
        const sockets = new Sockets(server, proxyFor(server, process.env));
        this.#sockets = sockets;
        this.#baseUrl = baseUrl;
        this.#options = options;
        this.#network = network;
        // The handlers of http-client are its way to change a request.
        const handler = {
            prepareRequest: (options) => {
                options.agent = sockets.agent;
                // http-client leaves the brackets of an IPv6 address on, as they are in the URL.
                if (options.host)
                    options.host = options.host.replace(/^\[(.*)\]$/, '$1');
            },
            canHandleAuthentication: () => false,
            handleAuthentication: () => Promise.reject(new Error('not used')),
        };
        this.#client = new HttpClient('pinata-gateway-key-action', [handler], { allowRedirects: false });
    }
    /**
     * Sends one request. Never throws for what the network or the server does: that is a {@link Fault}. It always settles:
     * by an event, or by a timer that keeps the process alive.
     */
    async exchange(method, path, options) {
        const { log } = this.#network;
        const request = `${this.#options.label ?? ''}${method} ${path}`;
        const started = performance.now();
        log.asking(request);
        const reply = options.signal?.aborted ? NOT_SENT : await this.#exchange(method, path, options);
        const result = reply.kind === 'answer' ? `HTTP ${reply.status}, request ID ${reply.requestId ?? 'none'}` : reply.reason;
        log.debug(`${request}: ${printable(result)} (${Math.round(performance.now() - started)} ms)`);
        return reply;
    }
    async #exchange(method, path, options) {
        const { timeoutMs, signal, graceMs = 0, body } = options;
        const sockets = this.#sockets;
        const end = new AbortController();
        let sent = sockets.isReady;
        let answered = false;
        sockets.events = {
            onReady: () => {
                sent = true;
            },
            // Node tells of most ends by an error as well. It has none for some: `101 Switching Protocols` is one.
            onClose: () => setImmediate(() => answered || end.abort(new Interruption(CLOSED, true))),
        };
        const timeUp = () => {
            const what = sent ? 'no whole answer' : 'no connection';
            end.abort(new Interruption(`${what} within ${timeoutMs / 1000} seconds`, true));
        };
        const timers = [setTimeout(timeUp, timeoutMs)];
        const stop = () => {
            const stopped = () => end.abort(new Interruption(STOPPED_BEFORE, false));
            if (sent && graceMs > 0)
                timers.push(setTimeout(stopped, graceMs));
            else
                stopped();
        };
        signal?.addEventListener('abort', stop, { once: true });
        try {
            const data = body === undefined ? null : JSON.stringify(body);
            const request = this.#client.request(method, this.#baseUrl + path, data, this.#headers(data !== null));
            const { message } = await until(end.signal, request);
            answered = true;
            const isSuccess = isSuccessful(message.statusCode ?? 0);
            const text = await until(end.signal, isSuccess ? readBody(message) : readErrorBody(message));
            return answerOf(message, text, method, this.#network.redact);
        }
        catch (error) {
            // Whatever still hangs.
            sockets.destroy();
            return faultOf(error, sent);
        }
        finally {
            signal?.removeEventListener('abort', stop);
            for (const timer of timers)
                clearTimeout(timer);
        }
    }
    #headers(hasBody) {
        const { token, headers } = this.#options;
        return {
            accept: 'application/json',
            ...(hasBody ? { 'content-type': 'application/json' } : {}),
            ...headers,
            authorization: `Bearer ${token.reveal()}`,
        };
    }
}
const CLOSED = 'the connection was closed without an answer';
const STOPPED_BEFORE = 'the step was stopped';
const NOT_SENT = { kind: 'fault', reason: STOPPED_BEFORE, sent: false, transient: false };
/** Why an exchange was ended without an error of Node's. */
class Interruption extends Error {
    transient;
    constructor(message, transient) {
        super(message);
        this.transient = transient;
    }
}
/** The outcome of `work`, or the reason of the signal if that aborts before. */
function until(signal, work) {
    return new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason);
        if (signal.aborted)
            abort();
        else
            signal.addEventListener('abort', abort, { once: true });
        work.then(resolve, reject);
    });
}
/**
 * Reads a body to its end. `HttpClientResponse.readBody()` is not used: it never settles when the connection breaks
 * in the middle, and it has no limit.
 */
async function readBody(message) {
    const chunks = [];
    let size = 0;
    for await (const chunk of message) {
        size += chunk.length;
        if (size > MAX_BODY)
            throw new Error(`an answer of more than ${MAX_BODY / 1024 / 1024} MiB`);
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
}
/** Reads the beginning of a body. The connection ends with a longer one. */
async function readErrorBody(message) {
    const chunks = [];
    let size = 0;
    for await (const chunk of message) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_ERROR_BODY)
            break;
    }
    return Buffer.concat(chunks).toString('utf8');
}
function answerOf(message, body, method, redact) {
    const status = message.statusCode ?? 0;
    const done = isSuccessful(status);
    // A success has what was asked for, which may be a secret; anything else is only there to be told.
    const json = parseJson(done ? body : redact(body));
    if (done && method !== 'DELETE' && (typeof json !== 'object' || json === null)) {
        return {
            kind: 'fault',
            reason: `an answer (${status}) that is not the JSON it should be`,
            sent: true,
            transient: true,
        };
    }
    const { headers } = message;
    const dateMs = httpDate(headers.date);
    return {
        kind: 'answer',
        status,
        json,
        headers,
        requestId: redacted(headers['x-request-id'] ?? headers['x-github-request-id']),
        dateMs,
        retryAfterMs: retryAfter(headers['retry-after'], dateMs) ?? (status === 429 ? rateLimitReset(headers, dateMs) : undefined),
        location: redacted(headers.location),
    };
    function redacted(header) {
        const first = Array.isArray(header) ? header[0] : header;
        return first && redact(first);
    }
}
/** @param sent whether the request may have reached the server */
function faultOf(error, sent) {
    if (error instanceof Interruption)
        return { kind: 'fault', reason: error.message, sent, transient: error.transient };
    // Node tries every address of a host and, when all fail, throws one error that holds them all.
    const { errors = [error] } = error;
    const code = errors.find(each => each.code)?.code ?? '';
    // A socket that was kept alive may have been closed just before, and no other could be opened.
    const neverConnected = errors.every(({ syscall }) => syscall === 'connect' || syscall === 'getaddrinfo');
    return {
        kind: 'fault',
        reason: reasonOf(errors[0], code),
        sent: sent && !neverConnected,
        transient: !NOT_TRUSTED.test(code) && !NO_TLS.test(code),
    };
}
function reasonOf(error, code) {
    const message = messageOf(error);
    return message.includes(code) ? message : `${message} (${code})`;
}

;// CONCATENATED MODULE: ./build/names/records.js




const NAME = /^[\w./-]{1,64}$/;
/** Whether a value from anywhere can be a name. */
function isName(value) {
    return typeof value === 'string' && NAME.test(value);
}
/** The environment whose deployments are the records of all names of a repository. */
const ENVIRONMENT = 'pinata-gateway-keys';
const TASK = 'pinata-gateway-key:';
const SCHEMA = 1;
/** GitHub shows ten of a step, and the last one here tells how many there are more. */
const MAX_WARNINGS = 9;
/**
 * The records of names of one gateway's access controls. They are only added and removed, never changed, so that jobs
 * side by side lose none.
 */
class NameRecords {
    #api;
    #repository;
    #gatewayId;
    #log;
    /** Deployments that this step has set inactive. */
    #inactive = new Set();
    constructor({ api, repository, gatewayId, log, }) {
        this.#api = api;
        this.#repository = repository;
        this.#gatewayId = gatewayId;
        this.#log = log;
    }
    /**
     * The records of a name, or of all names; the newest first. To be called before the gateway is read: an access control
     * is there before its record is, so the other way round one that was just created would look as if it were gone.
     *
     * @throws ActionError
     */
    async find(name) {
        const deployments = await this.#api.deployments(ENVIRONMENT, name === undefined ? undefined : TASK + name);
        return deployments
            .map(each => recordOf(each, this.#gatewayId))
            .filter(record => record !== undefined)
            .filter(record => name === undefined || record.name === name)
            .sort((a, b) => b.deployment - a.deployment);
    }
    /** Records the name of an access control. @throws ActionError if the record may not be there */
    async add({ name, expiresAtMs }, control, gateway) {
        const expiresAt = Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null;
        const { kind } = control;
        const subject = publicName(control);
        const record = { name, kind, subject, expiresAt, expiresAtMs, control };
        const proof = this.#proofOf(record, control) ?? '';
        const deployment = await this.#api.createDeployment({
            ref: this.#repository.sha,
            environment: ENVIRONMENT,
            task: TASK + name,
            description: kind === 'key' ? 'A Pinata gateway key' : 'A host origin of a Pinata gateway',
            transient_environment: true,
            production_environment: false,
            required_contexts: [],
            auto_merge: false,
            payload: {
                schema: SCHEMA,
                kind,
                name,
                gatewayId: this.#gatewayId,
                [SUBJECT[kind]]: subject,
                expiresAt,
                proof,
            },
        });
        const url = gateway.url === '' ? {} : { environment_url: gateway.url };
        await this.#api.setStatus(deployment, { state: 'success', ...url, auto_inactive: false });
        return { ...record, deployment, proof };
    }
    /** Whether a record is there and nobody has begun to revoke what it stands for. @throws ActionError */
    async isActive({ deployment }) {
        return await this.#api.isActive(deployment);
    }
    /** Says to others that what the record stands for is about to be revoked. @throws ActionError */
    async deactivate({ deployment }) {
        if (this.#inactive.has(deployment))
            return;
        await this.#api.deactivate(deployment);
        this.#inactive.add(deployment);
    }
    /**
     * Removes records. One that can't be removed is a warning, as the next run that meets it tries again.
     *
     * @param why they are not needed any more, as a sentence about one of them begins
     */
    async remove(records, why = isGone) {
        // One after the other, as GitHub asks for.
        for (const [index, record] of records.entries()) {
            const { deployment, name, kind, subject } = record;
            try {
                await this.deactivate(record);
                await this.#api.deleteDeployment(deployment);
                this.#log.debug(`Removed the record (deployment ${deployment}) of ${kind} ${subject}, which was named ${name}.`);
            }
            catch (error) {
                const left = records.length - index;
                const more = left > 1 ? ` and ${left - 1} more` : '';
                this.#log.warning(`${why(record)}, but its record (deployment ${deployment} of environment ${ENVIRONMENT})${more} could not be removed. The next run that uses the name or sweeps removes it. ${messageOf(error)}`);
                return;
            }
        }
    }
    /** Removes what was recorded for an access control that is gone, as {@link remove} does. */
    async removeRecordsOf(name, control) {
        const { kind } = control;
        const subject = publicName(control);
        let records;
        try {
            const found = await this.find(name);
            // An origin may be on the gateway more than once, each with records of its own.
            records =
                control.kind === 'key'
                    ? found.filter(record => record.kind === kind && record.subject === subject)
                    : this.sort(found, [control]).live;
        }
        catch (error) {
            if (!(error instanceof ActionError))
                throw error;
            this.#log.warning(`${titled(kind)} ${subject} is gone, but whether ${name} still stands for it on GitHub could not be read. The next run that uses the name removes the record. ${error.message}`);
            return;
        }
        await this.remove(records);
    }
    /** Sorts records by what the gateway lists, which was read after them. Keeps their order. */
    sort(records, controls) {
        const bySubject = new Map();
        for (const control of controls) {
            const subject = `${control.kind} ${publicName(control)}`;
            bySubject.set(subject, [...(bySubject.get(subject) ?? []), control]);
        }
        const sorted = { live: [], gone: [], unproven: [] };
        for (const record of records) {
            const candidates = bySubject.get(`${record.kind} ${record.subject}`);
            const control = candidates?.find(each => record.proof === this.#proofOf(record, each));
            if (candidates === undefined)
                sorted.gone.push(record);
            else if (control !== undefined)
                sorted.live.push({ ...record, control });
            else
                sorted.unproven.push(record);
        }
        return sorted;
    }
    /**
     * Shows that a record was written by somebody who could read the gateway, for this name and expiry, and in this
     * repository: nobody can compute it without the access control's secret, which can't be computed from it. So a
     * deployment that somebody created by hand, or a copy with another expiry, says nothing.
     */
    #proofOf({ name, expiresAt, kind, subject }, control) {
        const secret = secretOf(control);
        if (secret === undefined)
            return undefined;
        const fields = [SCHEMA, kind, name, this.#gatewayId, subject, expiresAt, this.#repository.id];
        return (0,external_node_crypto_namespaceObject.createHmac)('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url');
    }
    /** Reports records that can't be trusted. They and what they name are left alone. */
    warnOfUnproven(records) {
        for (const { deployment, name, kind, subject } of records.slice(0, MAX_WARNINGS)) {
            this.#log.warning(`Deployment ${deployment} of environment ${ENVIRONMENT} gives ${kind} ${subject} the name ${name}, but this action did not make it for that ${kind}${kind === 'origin' ? ', or removed that entry' : ''}. It was left alone, and so was the ${kind}. Delete the deployment if nobody needs it.`);
        }
        const more = records.length - MAX_WARNINGS;
        if (more > 0)
            this.#log.warning(`There are ${more} more such deployments of environment ${ENVIRONMENT}.`);
    }
}
/** In which field of a record its subject is. */
const SUBJECT = { key: 'keyId', origin: 'origin' };
function isGone({ kind, subject }) {
    return `${titled(kind)} ${subject} is gone`;
}
function titled(kind) {
    return kind === 'key' ? 'Key' : 'Origin';
}
/**
 * A deployment's record; `undefined` if it is none, or one of another gateway. One whose task is of another name than its
 * payload proves nothing.
 */
function recordOf({ id, environment, task, payload }, gateway) {
    const content = typeof payload === 'string' ? parseJson(payload) : payload;
    const [schema, written, gatewayId, expiresAt, proof] = [...['schema', 'name', 'gatewayId', 'expiresAt', 'proof']].map(each => field(content, each));
    if (environment !== ENVIRONMENT || schema !== SCHEMA || gatewayId !== gateway)
        return undefined;
    const subject = subjectOf(content);
    const name = typeof task === 'string' && task.startsWith(TASK) ? task.slice(TASK.length) : undefined;
    if (subject === undefined || !isName(name))
        return undefined;
    // Not String(): it throws on some objects, and one deployment created by hand must not stop every run.
    if (expiresAt !== null && typeof expiresAt !== 'string')
        return undefined;
    const expiresAtMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
    if (Number.isNaN(expiresAtMs))
        return undefined;
    const isWhole = field(content, 'kind') === subject.kind && written === name && typeof proof === 'string';
    return { deployment: id, name, ...subject, expiresAt, expiresAtMs, proof: isWhole ? proof : '' };
}
function subjectOf(content) {
    const [keyId, origin] = [field(content, 'keyId'), field(content, 'origin')];
    if (types_isKeyId(keyId))
        return { kind: 'key', subject: keyId };
    return types_isOrigin(origin) ? { kind: 'origin', subject: origin } : undefined;
}

;// CONCATENATED MODULE: ./build/pinata/errors.js





const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const NEW_JWT = 'Create a new API key at Pinata (API Keys) with the scope org:gateways:write and put its JWT into the secret that pinata-jwt gets.';
/**
 * One line for the user: what is wrong, what to do, and what Pinata said, with its request ID.
 * The bodies that it tells apart were seen on the live API.
 */
function errors_errorOf(reply, purpose, access) {
    if (reply.kind === 'fault') {
        const context = { ...purpose, apiUrl: access.apiUrl, service: 'Pinata', source: 'api-url' };
        return new ActionError(explainFault(reply, context));
    }
    return new ActionError(`${errors_cause(reply, purpose, access)} (${whatWasSaid(reply)})`, kindOf(reply));
}
function errors_notDocumented({ action }) {
    return new ActionError(`Could not ${action}: the answer is not what Pinata documents. Check api-url, and whether a proxy answers in Pinata's place.`);
}
function errors_cause(answer, { action, gateway, kind }, { apiUrl, jwt }) {
    const { status } = answer;
    const { reason } = saidIn(answer);
    if (status === 401) {
        const shape = looksLikeJwt(jwt)
            ? ''
            : ' It does not look like a JWT (three parts with dots between, starting with eyJ).';
        return `Pinata does not accept pinata-jwt: it is wrong, expired or deleted.${shape} ${NEW_JWT}`;
    }
    if (status === 403 && reason === 'API_KEY_REVOKED')
        return `The API key of pinata-jwt was revoked at Pinata. ${NEW_JWT}`;
    if (status === 403 && reason === 'NO_SCOPES_FOUND') {
        return `The API key of pinata-jwt lacks the scope org:gateways:write. ${NEW_JWT}`;
    }
    if (status === 403) {
        return `Pinata refuses to ${action}. Check that the API key of pinata-jwt has the scope org:gateways:write and belongs to the gateway's account.`;
    }
    // A 404 without an error of Pinata's is somebody else's on the way.
    if (status === 404 && gateway !== undefined && field(answer.json, 'error') !== undefined) {
        const domain = UUID.test(gateway)
            ? ''
            : ` If this is a domain, write it with its dot: ${printable(gateway, 60)}.mypinata.cloud.`;
        return `There is no gateway ${quoted(gateway)} in the account of pinata-jwt. Check gateway-id, and that the JWT is from the account that owns the gateway.${domain}`;
    }
    if (status === 429) {
        return `Pinata's rate limit is used up, so it would not ${action}. The limit is the account's: all jobs of all workflows share it. Try again later, or with fewer jobs at once.`;
    }
    if (status >= 300 && status < 400) {
        return `api-url answered with a redirect${target(answer)}, which is not followed because the JWT would go with it. Set api-url to the address that answers.`;
    }
    if (status >= 500 || status === 408)
        return `Pinata failed to ${action}. Try again later.`;
    const inputs = kind === 'origin' ? 'origin, gateway-id' : 'gateway-id';
    return `Pinata would not ${action}. Check ${inputs} and api-url (${printable(apiUrl)}).`;
}
function target({ location }) {
    if (location === undefined || !URL.canParse(location))
        return '';
    return ` to ${printable(new URL(location).host, 80)}`;
}

;// CONCATENATED MODULE: ./build/secret.js
/** A secret value. It prints and serialises as `***`; only {@link Secret.reveal} gives the value. */
class secret_Secret {
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

;// CONCATENATED MODULE: ./build/pinata/parse.js



const SUBDOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i;
/** The address of a gateway by its sub-domain, as Pinata gives it; an empty string if it is none. */
function gatewayUrl(domain) {
    return typeof domain === 'string' && SUBDOMAIN.test(domain) ? `https://${domain.toLowerCase()}.mypinata.cloud` : '';
}
/** A gateway's details; `undefined` if they are not what Pinata documents. An empty list may come as null. */
function parseGateway(id, data) {
    const policies = field(field(data, 'settings'), 'restriction_policies');
    const [tokens, hosts, addresses] = ['accessTokens', 'allowedHosts', 'allowedIPAddresses'].map(name => listOf(policies, name));
    const keys = tokens?.map(parseKey);
    const origins = hosts?.map(parseHostOrigin);
    if (!areAll(keys) || !areAll(origins) || addresses === undefined)
        return undefined;
    const accessControls = keys.length + origins.length + addresses.length;
    return { id, url: gatewayUrl(field(data, 'domain')), keys, origins, accessControls };
}
function areAll(list) {
    return list?.every(each => each !== undefined) ?? false;
}
function listOf(policies, name) {
    const list = field(policies, name);
    if (list === null)
        return [];
    return Array.isArray(list) ? list : undefined;
}
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
/** What was created; `undefined` if it has no ID. */
function parseControl(kind, entry) {
    return kind === 'key' ? parseKey(entry) : parseHostOrigin(entry);
}
function parseKey(entry) {
    const id = field(entry, 'id');
    const value = field(entry, 'value');
    if (!types_isKeyId(id))
        return undefined;
    // A reader sends it in a query or a header, so white space or a control character can't be part of it. A shorter one
    // can't be masked.
    const isUsable = typeof value === 'string' && /^[\x21-\x7e]{4,4096}$/.test(value);
    return { kind: 'key', id, value: isUsable ? new secret_Secret(value) : undefined, createdAt: timeOf(entry) };
}
function parseHostOrigin(entry) {
    const id = field(entry, 'id');
    const value = field(entry, 'value');
    if (!types_isId(id) || typeof value !== 'string')
        return undefined;
    return { kind: 'origin', id: new secret_Secret(id), value, createdAt: timeOf(entry) };
}
function timeOf(entry) {
    const createdAt = field(entry, 'createdAt');
    return typeof createdAt === 'string' && TIME.test(createdAt) ? createdAt : '';
}
/** The rows of a page of gateways; `undefined` if they are not what Pinata documents. */
function parseRows(data) {
    const rows = listOf(data, 'rows')?.map(parseRow);
    return areAll(rows) ? rows : undefined;
}
function parseRow(row) {
    const id = field(row, 'id');
    if (!types_isGatewayId(id))
        return undefined;
    const custom = (listOf(row, 'custom_domains') ?? []).map(each => field(each, 'domain'));
    const own = gatewayUrl(field(row, 'domain')).slice('https://'.length);
    return { id, domains: [own, ...custom].filter(each => typeof each === 'string').map(each => each.toLowerCase()) };
}
function hasDomain({ domains }, domain) {
    return domains.includes(domain);
}

;// CONCATENATED MODULE: ./build/pinata/api.js








/** How long the answer to a creation is still waited for when the step is stopped: the runner kills after 10 seconds. */
const CREATION_GRACE_MS = 4_000;
const PAGE_SIZE = 100;
/** Where a list that never ends is left. */
const api_MAX_PAGES = 1000;
/** How often a gateway is read after a deletion whose answer says nothing. */
const CHECK_TRIES = 3;
/** How often a creation is asked for when each answer gets lost, as each may leave an access control behind. */
const MAX_LOST = 3;
/** The routes below a gateway. */
const ROUTES = { key: 'access_tokens', origin: 'hosts' };
/** The gateway routes of Pinata's API, version 3 (Pinata's API reference, "Gateways"). */
class PinataApi {
    #connection;
    #access;
    #backoff;
    #mask;
    #dateMs;
    /** @param mask is given each secret before anything can print it: a new key's value, the ID of an origin */
    constructor(connection, access, backoff, mask) {
        this.#mask = mask;
        this.#connection = connection;
        this.#access = access;
        this.#backoff = backoff;
    }
    /** Pinata's time when it answered last, in milliseconds since 1970; `undefined` if no answer told it. */
    get dateMs() {
        return this.#dateMs;
    }
    /**
     * The ID of a gateway; a domain is looked up in the account's gateways, page by page.
     *
     * @throws ActionError if the list can't be read or no gateway of the account has the domain
     */
    async resolve(gateway) {
        if ('id' in gateway)
            return gateway.id;
        const seen = new Set();
        const findIn = async (page) => {
            const rows = await this.#listPage(page);
            for (const { id } of rows)
                seen.add(id);
            return rows.find(row => hasDomain(row, gateway.domain))?.id;
        };
        for (let page = 1, before = -1; seen.size > before && page <= api_MAX_PAGES; page++) {
            before = seen.size;
            const id = await findIn(page);
            if (id !== undefined)
                return id;
        }
        // Pinata's document does not say whether pages count from 0 or 1, so there may be one before page 1.
        const id = await findIn(0).catch(() => undefined);
        if (id !== undefined)
            return id;
        throw new ActionError(`No gateway in the account of pinata-jwt has the domain ${quoted(gateway.domain)} (${seen.size} looked at). Check gateway-id, and that the JWT is from the account that owns the gateway.`);
    }
    async #listPage(page) {
        const purpose = { action: 'list the gateways' };
        const rows = parseRows(await this.#read(`/gateways?pageSize=${PAGE_SIZE}&page=${page}`, purpose));
        if (rows === undefined)
            throw errors_notDocumented(purpose);
        return rows;
    }
    /**
     * The gateway's details.
     *
     * @param maxTries how often to try when Pinata or the network fails
     * @throws ActionError
     */
    async gateway(id, maxTries = MAX_TRIES) {
        const purpose = { action: 'read the gateway', gateway: id };
        const gateway = parseGateway(id, await this.#read(`/gateways/${segment(id)}`, purpose, maxTries));
        if (gateway === undefined)
            throw errors_notDocumented(purpose);
        return gateway;
    }
    async #read(path, purpose, maxTries = MAX_TRIES) {
        const { last } = await retry(async () => attemptOf(await this.#send('GET', path)), this.#backoff, { maxTries });
        if (last.classification !== 'ok' || last.value.kind === 'fault')
            throw this.#errorOf(last.value, purpose);
        return field(last.value.json, 'data');
    }
    /**
     * Creates an access control. What Pinata refuses for the moment is asked for again. A request whose answer got lost may
     * have created one: it is looked for, or else the request is repeated only a few times, and told. When the step is
     * stopped, the answer is still waited for, for some seconds.
     */
    async create(id, wanted, findLost) {
        const action = wanted.kind === 'key' ? 'create a key' : `add the origin ${wanted.value}`;
        const purpose = { action, gateway: id, kind: wanted.kind };
        const path = `/gateways/${segment(id)}/${ROUTES[wanted.kind]}`;
        const body = wanted.kind === 'key' ? undefined : { host: wanted.value };
        const send = async () => {
            const reply = await this.#send('POST', path, { graceMs: CREATION_GRACE_MS, body });
            if (classify(reply) !== 'ok' || reply.kind === 'fault')
                return attemptOf(reply);
            const created = parseControl(wanted.kind, field(reply.json, 'data'));
            // A success without one may have created one all the same.
            return created === undefined
                ? { classification: 'transient', mayHaveTakenEffect: true, value: reply }
                : { classification: 'ok', mayHaveTakenEffect: true, value: created };
        };
        const policy = { maxLost: MAX_LOST, minLeftMs: REQUEST_TIMEOUT_MS, findLost };
        const { last, lost } = await retry(send, this.#backoff, policy);
        const hasLostAnswer = lost > 0;
        if (!isReply(last.value)) {
            const created = last.value;
            const secret = secretOf(created);
            if (secret !== undefined)
                this.#mask(secret);
            if (wanted.kind === 'key' || created.kind === 'key')
                return { created, isAsAsked: true, hasLostAnswer };
            // Whatever Pinata calls it, it is removed and told of by what was asked for.
            const isAsAsked = created.value === wanted.value;
            return { created: { ...created, value: wanted.value }, isAsAsked, hasLostAnswer };
        }
        const isUndocumented = classify(last.value) === 'ok' && !this.#backoff.signal.aborted;
        return { error: isUndocumented ? errors_notDocumented(purpose) : this.#errorOf(last.value, purpose), hasLostAnswer };
    }
    /**
     * Removes an access control. What is not the documented answer says nothing: then the gateway is read.
     *
     * @param isListed `false` if it was not among the gateway's access controls when they were read before
     * @returns `not-listed` if it was not there any more
     * @throws ActionError if it is still there, or may be
     */
    async remove(id, control, isListed) {
        if (control.kind === 'origin')
            this.#mask(control.id);
        const path = `/gateways/${segment(id)}/${ROUTES[control.kind]}/${segment(idOf(control))}`;
        const { last, lost } = await retry(async () => attemptOf(await this.#send('DELETE', path)), this.#backoff);
        const { classification, value: reply } = last;
        if (isDocumentedDeletion(reply))
            return 'revoked';
        const action = `${control.kind === 'key' ? 'revoke key' : 'remove origin'} ${publicName(control)}`;
        const error = this.#errorOf(reply, { action, gateway: id });
        const isRefused = ['unauthorized', 'forbidden', 'rate-limited'].includes(error.kind);
        if (isRefused || this.#backoff.signal.aborted)
            throw error;
        if (isListed !== false)
            await this.#expectNotListed(id, control, reply, error);
        return lost > 0 || classification === 'ok' ? 'revoked' : 'not-listed';
    }
    /** @throws ActionError if the gateway still has the access control, or can't be read */
    async #expectNotListed(id, control, reply, error) {
        const { kind } = error;
        const what = `${control.kind} ${publicName(control)}`;
        const deletion = control.kind === 'key' ? 'revocation' : 'removal';
        const said = reply.kind === 'answer' && (reply.status === 404 || classify(reply) === 'ok') && whatWasSaid(reply);
        const why = said ? `The answer to the ${deletion} of ${what} was ${said}.` : error.message;
        let gateway;
        try {
            gateway = await this.gateway(id, CHECK_TRIES);
        }
        catch (cause) {
            // Then there is no such gateway.
            if (cause instanceof ActionError && cause.kind === 'not-found')
                throw cause;
            throw new ActionError(`${why} Whether the ${control.kind} is gone could not be read. ${messageOf(cause)}`, kind);
        }
        if (!controlsOf(gateway).some(each => each.kind === control.kind && idOf(each) === idOf(control)))
            return;
        const advice = said ? " Check api-url, and whether a proxy answers in Pinata's place." : '';
        throw new ActionError(`${why} The gateway still lists the ${control.kind}.${advice}`, kind);
    }
    async #send(method, path, options = {}) {
        const { signal, requestTimeoutMs: timeoutMs } = this.#backoff;
        const reply = await this.#connection.exchange(method, path, { ...options, timeoutMs, signal });
        // Without a request ID it is somebody else's answer, by another clock.
        if (reply.kind === 'answer' && reply.requestId !== undefined)
            this.#dateMs = reply.dateMs ?? this.#dateMs;
        return reply;
    }
    #errorOf(reply, purpose) {
        if (this.#backoff.signal.aborted)
            return new ActionError(STOPPED);
        return errors_errorOf(reply, purpose, this.#access);
    }
}
function isReply(value) {
    return value.kind === 'answer' || value.kind === 'fault';
}
/** The answer to a deletion in Pinata's document: 200 with `{"data":null}`. */
function isDocumentedDeletion(reply) {
    return (reply.kind === 'answer' &&
        reply.status === 200 &&
        field(reply.json, 'data') === null &&
        field(reply.json, 'error') === undefined);
}

;// CONCATENATED MODULE: ./build/steps/step.js






/** How long a step may take altogether, in milliseconds. Most of it is for rate limits that many jobs share. */
const STEP_LIMIT_MS = 15 * 60_000;
/** How long a step may take to revoke or to report what it created, whatever the rest took. In milliseconds. */
const RESERVE_MS = 60_000;
/** What a step that gets an access control begins with. @throws ActionError if the gateway can't be found */
async function openStep(inputs, step) {
    const deadline = new Deadline(step.clock, STEP_LIMIT_MS);
    const api = openPinata(step, inputs, backoffOf(step, deadline));
    const id = await api.resolve(inputs.gateway);
    const records = inputs.naming && openRecords(step, inputs.naming.token, id, backoffOf(step, deadline));
    return { deadline, api, id, records };
}
/** A client for Pinata's API on a connection of its own. */
function openPinata(step, access, backoff) {
    const connection = new Connection(access.apiUrl, { token: access.jwt }, networkOf(step));
    return new PinataApi(connection, access, backoff, secret => step.masks.add(secret.reveal()));
}
/** The records of names of a gateway's access controls. @throws ActionError if the runner does not say which repository it runs for */
function openRecords(step, token, gatewayId, backoff) {
    const repository = readRepository(step.env);
    const options = { token, label: 'GitHub: ', headers: HEADERS };
    const api = new GitHubApi(new Connection(repository.apiUrl, options, networkOf(step)), repository, backoff);
    return new NameRecords({ api, repository, gatewayId, log: step.log });
}
function networkOf({ log, masks }) {
    return { log, redact: (text) => masks.redact(text) };
}
/** The pauses of a step's requests to one server; they end at once when the step is stopped. */
function backoffOf({ clock, stopped }, deadline) {
    return new Backoff(clock, deadline, stopped);
}
/**
 * The same for revoking or reporting what a step created: with a time of its own that begins now, and goes on for some
 * seconds when the step is stopped.
 *
 * @returns makes it for each server
 */
function reserveOf({ clock, graceEnded }, ms = RESERVE_MS) {
    const deadline = new Deadline(clock, ms);
    return () => new Backoff(clock, deadline, graceEnded);
}

;// CONCATENATED MODULE: ./build/steps/unclaimed-keys.js



/** As many IDs as a warning can hold. */
const MAX_NAMED = 50;
/** As many as the log takes. */
const MAX_LISTED = 300;
/**
 * After a lost answer: reports the keys that appeared on the gateway meanwhile and that nobody claims. They are not
 * revoked, because another job may have created them at the same time.
 *
 * @param own the key that this step created after all
 * @returns the gateway's keys now, so that nothing is reported twice
 */
async function reportUnclaimedKeys(api, { gateway, before, own }, { log, clock }) {
    const lost = `An answer of Pinata's got lost, so there may be a key on gateway ${gatewayName(gateway)} that nobody knows of.`;
    try {
        const { keys } = await api.gateway(gateway.id);
        const unclaimed = newSince(before, keys)
            .map(({ id }) => id)
            .filter(keyId => keyId !== own);
        if (unclaimed.length === 0) {
            log.info(`${lost} No new key is on the gateway.`);
            return before;
        }
        const inLog = unclaimed.length > MAX_LISTED ? `of which the newest ${MAX_LISTED - MAX_NAMED}` : 'which';
        const more = unclaimed.length > MAX_NAMED ? ` and ${unclaimed.length - MAX_NAMED} more, ${inLog} are in the log` : '';
        log.warning(`${lost} ${whatTheyAre(before)}: ${unclaimed.slice(0, MAX_NAMED).join(', ')}${more}. Revoke what no other job created, with the revoke action or in Pinata.`);
        for (let from = MAX_NAMED; from < Math.min(unclaimed.length, MAX_LISTED); from += MAX_NAMED) {
            log.info(`New on the gateway as well: ${unclaimed.slice(from, from + MAX_NAMED).join(', ')}`);
        }
        return snapshotOf(keys, undefined);
    }
    catch (error) {
        // By the runner's clock, as a person at a computer would read it.
        log.warning(`${lost} Look there for a key created at about ${new Date(clock.now()).toISOString().slice(0, 16)}Z that no job uses. ${messageOf(error)}`);
        return before;
    }
}
function whatTheyAre({ read, since }) {
    if (read)
        return 'New on the gateway and not used by this step';
    return since === undefined
        ? "Which keys are new can't be told, as the gateway could not be read before. Not used by this step, the newest first"
        : 'The gateway could not be read before. Created since then, or just before, and not used by this step';
}

;// CONCATENATED MODULE: ./build/steps/roll-back.js









/**
 * Removes what could not be handed over.
 *
 * @param why it could not
 * @returns what to tell of it
 */
async function rollBack(created, why, inputs, step) {
    const { control, gateway, hasLostAnswer, state } = created;
    const { naming } = inputs;
    const { kind } = control;
    const words = WORDS[kind];
    const subject = publicName(control);
    const reserve = reserveOf(step);
    const reason = why instanceof ActionError ? why.message : `${notHandedOver(kind)}: ${printable(messageOf(why))}.`;
    // Should this process be killed meanwhile, the post step revokes it. It gets a second try as well.
    const save = () => safely(() => state.rollback({ control, name: naming?.name }, hasLostAnswer));
    save();
    const holder = await holderOf(created, inputs, step);
    if (holder !== undefined) {
        safely(() => (hasLostAnswer ? state.creating() : state.clear()));
        return new ActionError(`${reason} Origin ${subject} stays, as the name ${holder.name} stands for it too.`);
    }
    try {
        await openPinata(step, inputs, reserve()).remove(gateway.id, control);
    }
    catch (error) {
        if (hasLostAnswer)
            await cleanUp({ gateway, state, control, reserve }, inputs, step);
        save();
        return new ActionError(`${reason} ${words.title} ${subject} was ${words.created} on gateway ${gatewayName(gateway)} and could not be ${words.revoked}: ${words.revoke} it with the revoke action or in Pinata. ${messageOf(error)}`);
    }
    safely(() => (hasLostAnswer ? state.creating() : state.clear()));
    // Not with the records from before: when the step is stopped, their time is over.
    if (naming)
        await openRecords(step, naming.token, gateway.id, reserve()).removeRecordsOf(naming.name, control);
    if (hasLostAnswer) {
        await cleanUp({ gateway, state, control, reserve }, inputs, step);
        safely(() => state.creating());
    }
    return new ActionError(`${reason} ${words.title} ${subject}, ${words.created} just before, was ${words.revoked}.`);
}
/** A record of another name, written meanwhile, because of which an origin has to stay. This step's records are removed. */
async function holderOf({ control, gateway }, { naming }, step) {
    if (control.kind === 'key' || naming === undefined)
        return undefined;
    const { name, token } = naming;
    try {
        const records = openRecords(step, token, gateway.id, reserveOf(step)());
        const { own, holder } = await releaseOrigin(records, control, { name, deployment: undefined });
        if (holder !== undefined)
            await records.remove(own, record => `The name ${record.name} is not needed any more`);
        return holder;
    }
    catch {
        // Then nobody else could record it either.
        return undefined;
    }
}
/** After a lost answer in a step that fails: reports the keys that may be left, and removes the origins. */
async function cleanUp({ gateway, state, control, reserve }, inputs, step) {
    const { wanted, naming } = inputs;
    const api = openPinata(step, inputs, reserve());
    if (wanted.kind === 'key') {
        const own = control?.kind === 'key' ? control.id : undefined;
        // So that the post step need not report them again.
        state.before = await reportUnclaimedKeys(api, { gateway, before: state.before, own }, step);
        return;
    }
    const own = control?.kind === 'origin' ? control : undefined;
    const records = naming && openRecords(step, naming.token, gateway.id, reserve());
    await removeLostEntry({ gateway, value: wanted.value, before: state.before, own }, api, records, step);
}
/** Whatever it throws, the error that is being handled says more. */
function safely(action) {
    try {
        action();
    }
    catch { }
}

;// CONCATENATED MODULE: ./build/steps/state.js


/** Of the state, as `core.saveState` takes it. */
const state_NAME = 'post-step';
/** What the step saved, read from the environment as `core.getState` does; `undefined` if it is nothing, or no state. */
function readState(env) {
    try {
        return parseState(JSON.parse(env[`STATE_${state_NAME}`] ?? ''));
    }
    catch {
        return undefined;
    }
}
function parseState(state) {
    const { apiUrl, mayBeFirst, phase, before, id, name, record, revoke } = state;
    const gateway = state.gateway;
    const wanted = state.wanted;
    if (typeof apiUrl !== 'string' || !/^https?:\/\//.test(apiUrl) || typeof mayBeFirst !== 'boolean')
        return undefined;
    if (!isGatewayId(gateway.id) || typeof gateway.url !== 'string')
        return undefined;
    if (wanted.kind !== 'key' && !(wanted.kind === 'origin' && isOrigin(wanted.value)))
        return undefined;
    if (before !== undefined ? !isSnapshot(before) : phase === 'creating')
        return undefined;
    const target = { apiUrl: apiUrl, gateway, mayBeFirst, wanted };
    if (phase === 'creating')
        return { ...target, phase, before: before };
    const control = controlOf(wanted, id);
    if (control === undefined || (name !== undefined && typeof name !== 'string'))
        return undefined;
    if (record !== undefined && !Number.isSafeInteger(record))
        return undefined;
    const created = {
        control,
        name: name,
        record: record,
        before: before,
    };
    if (phase === 'rollback')
        return { ...target, ...created, phase };
    const isReady = phase === 'ready' && ['never', 'on-failure', 'after-job'].includes(String(revoke));
    return isReady ? { ...target, ...created, phase, revoke: revoke } : undefined;
}
function controlOf(wanted, id) {
    if (wanted.kind === 'key')
        return isKeyId(id) ? { kind: 'key', id } : undefined;
    return isId(id) ? { ...wanted, id: new Secret(id), createdAt: '' } : undefined;
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
    const { control } = state;
    if (state.phase === 'rollback' || state.revoke === 'after-job')
        return { state, revoke: control };
    if (state.revoke === 'never' || jobStatus === 'success')
        return rest;
    const failed = jobStatus === 'failure' || jobStatus === 'cancelled';
    return failed ? { state, revoke: control } : { state, undecided: control };
}

;// CONCATENATED MODULE: ./build/steps/state-writer.js


/**
 * Saves the state of a step. What was saved last counts, also when the process is killed, so each is saved before the
 * thing happens after which it would be wrong to have the one before:
 *
 * 1. `creating`, before Pinata is asked for a key or an origin. If that can't be saved, nothing is created.
 * 2. `rollback`, when the access control is there, before it is recorded or handed over.
 * 3. `ready`, when it is an output and the log tells of it.
 *
 * When it is revoked, or none was created, the state is cleared; if an answer got lost it is `creating` again.
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
    /** @param hasLostAnswer whether there may be one more */
    rollback({ control, name }, hasLostAnswer) {
        this.#write({ phase: 'rollback', control, name, ...this.#beforeIf(hasLostAnswer) });
    }
    /** @param record of its name */
    ready({ control, record, revoke }, hasLostAnswer) {
        const named = record && { name: record.name, record: record.deployment };
        this.#write({ phase: 'ready', control, ...named, revoke, ...this.#beforeIf(hasLostAnswer) });
    }
    clear() {
        this.#save(state_NAME, '');
    }
    #beforeIf(hasLostAnswer) {
        return hasLostAnswer ? { before: this.#before } : {};
    }
    #write(phase) {
        const state = { ...this.#target, ...phase };
        const id = 'control' in phase ? { id: idOf(phase.control) } : {};
        this.#save(state_NAME, JSON.stringify({ ...state, ...id, control: undefined }));
    }
}

;// CONCATENATED MODULE: ./build/steps/create.js













/** Creates an access control and hands it to the workflow, or leaves none. @throws ActionError */
async function create(place, inputs, step) {
    const { id, details, deadline } = place;
    const { wanted } = inputs;
    const { notCreated } = WORDS[wanted.kind];
    // What was stopped before is not to be followed by a creation.
    if (step.stopped.aborted)
        throw new ActionError(`${notCreated}. ${STOPPED}`);
    refuseFirstControl(details, inputs);
    if (deadline.left < REQUEST_TIMEOUT_MS) {
        throw new ActionError(`${notCreated}, as the step has used up its time. Run the job again later.`);
    }
    const read = details instanceof ActionError ? undefined : details;
    const gateway = addressOf(inputs.gateway, read ?? { id, url: '' });
    const before = snapshotOf(read && (wanted.kind === 'key' ? read.keys : read.origins), place.api.dateMs);
    const mayBeFirst = read === undefined || read.accessControls === 0;
    const target = { apiUrl: inputs.apiUrl, gateway: { id, url: gateway.url }, mayBeFirst, wanted };
    const state = new StateWriter(step.core.saveState, target, before);
    try {
        state.creating();
    }
    catch (error) {
        throw new ActionError(`${notCreated}, as the state for the post step could not be saved: ${printable(messageOf(error))}.`);
    }
    const created = await ask(place, { gateway, before, state }, inputs, step);
    let record;
    try {
        record = await handOver(created, place, inputs, step);
    }
    catch (error) {
        throw await rollBack(created, error, inputs, step);
    }
    reportFirstControl(details, created, inputs, step);
    if (created.hasLostAnswer)
        await lookForMore(created, record, inputs, step);
    const { control } = created;
    const sentence = control.kind === 'key' ? 'A new key, masked in the log.' : 'Pages of this origin can read now.';
    const revoked = REVOKED_WHEN[inputs.revoke];
    await addToSummary(step, controlSummary(sentence, { gateway, control, revoked, named: record }));
}
/** Asks Pinata for the access control. @throws ActionError if there is none */
async function ask({ api, id }, { gateway, before, state }, inputs, step) {
    const { wanted, naming } = inputs;
    const records = naming && openRecords(step, naming.token, id, reserveOf(step)());
    const creation = await api.create(id, wanted, wanted.kind === 'origin' ? () => findLost(wanted.value) : undefined);
    const { hasLostAnswer } = creation;
    if ('error' in creation) {
        if (hasLostAnswer)
            await cleanUp({ gateway, state, control: undefined, reserve: reserveOf(step) }, inputs, step);
        safely(() => (hasLostAnswer ? state.creating() : state.clear()));
        throw creation.error;
    }
    const { created: control, isAsAsked } = creation;
    if (isKnown(before, control)) {
        const advice = control.kind === 'origin' ? ' If it has expired, revoke what is expired first.' : '';
        throw new ActionError(`Pinata answered with ${control.kind} ${publicName(control)}, which the gateway had before, so it is not this step's to use or to ${WORDS[control.kind].revoke}. Run the job again later.${advice}`);
    }
    return { control, isAsAsked, gateway, hasLostAnswer, state };
    // Not for keys: nobody can tell whether a new one is this step's, nor which of several origins.
    async function findLost(value) {
        const found = await lostEntries({ gateway, value, before }, api, records).catch(() => []);
        return found.length === 1 ? found[0] : undefined;
    }
}
/** Records the name of what was created, and hands it to the workflow. @throws Error if it could not be handed over */
async function handOver({ control, isAsAsked, gateway, hasLostAnswer, state }, { api, id, deadline }, { naming, revoke }, step) {
    if (step.stopped.aborted)
        throw new ActionError(STOPPED);
    refuseUnusable(control, isAsAsked);
    state.rollback({ control, name: naming?.name }, hasLostAnswer);
    let record;
    if (naming) {
        const { name, expiresInMs = Number.POSITIVE_INFINITY, token } = naming;
        // By Pinata's clock, as far as it is known.
        const createdAtMs = Date.parse(control.createdAt) || api.dateMs || step.clock.now();
        const named = { name, expiresAtMs: createdAtMs + expiresInMs };
        record = await openRecords(step, token, id, backoffOf(step, deadline)).add(named, control, gateway);
    }
    setOutputs(step.core, { gateway, control, named: record, created: true });
    // Not after the state: if this process is killed between the two, nothing else would tell of it.
    const on = `gateway ${gatewayName(gateway)}`;
    const what = control.kind === 'key'
        ? `Created key ${control.id} on ${on}. Its value is masked in this job's log. Will be revoked`
        : `Added origin ${control.value} to ${on}. Will be removed`;
    step.log.info(`${what}: ${REVOKED_WHEN[revoke]}.${nameNote(control.kind, record)}`);
    state.ready({ control, record, revoke }, hasLostAnswer);
    return record;
}
/** @throws ActionError if what Pinata created is of no use */
function refuseUnusable(control, isAsAsked) {
    if (control.kind === 'key' && control.value === undefined) {
        throw new ActionError('The value of the new key is not what Pinata documents: a reader could not send it, or GitHub could not mask it.');
    }
    if (!isAsAsked) {
        throw new ActionError(`Pinata added another origin than ${publicName(control)}, which browsers would not send.`);
    }
}
/** After a lost answer in a step that succeeds: reports the keys that may be left, and records the origins. */
async function lookForMore(created, record, inputs, step) {
    const { control, gateway, state } = created;
    const { naming, revoke } = inputs;
    const reserve = reserveOf(step);
    if (control.kind === 'key') {
        await cleanUp({ gateway, state, control, reserve }, inputs, step);
        safely(() => state.ready({ control, record, revoke }, true));
        return;
    }
    const lost = { gateway, value: control.value, before: state.before, own: control };
    const records = naming && openRecords(step, naming.token, gateway.id, reserve());
    const api = openPinata(step, inputs, reserve());
    // Otherwise the post step removes them.
    if (revoke === 'never')
        await recordLostEntries(lost, { api, records, record }, step);
}

;// CONCATENATED MODULE: ./build/steps/renew.js

/** A renewal that gains less than this part of the period is not worth a write. */
const LEAST_GAIN = 0.1;
/**
 * The newest of these access controls that has not expired. It goes by the latest expiry of its records, and by those of
 * this name before others.
 *
 * @param records of what a name may take
 * @param dateMs Pinata's time, in milliseconds since 1970; while no answer told it, nothing counts as expired
 */
function findUnexpired(records, { name }, dateMs) {
    const latestFirst = records.toSorted((a, b) => b.expiresAtMs - a.expiresAtMs || b.deployment - a.deployment);
    const unexpired = latestFirst.filter(({ expiresAtMs }) => dateMs === undefined || expiresAtMs > dateMs);
    const createdAt = ({ control }) => Date.parse(control.createdAt) || 0;
    const newestFirst = unexpired.toSorted((a, b) => createdAt(b) - createdAt(a) || b.deployment - a.deployment);
    const { control } = newestFirst.find(record => record.name === name) ?? newestFirst[0] ?? {};
    const basis = unexpired.find(record => record.control === control && record.name === name) ??
        unexpired.find(record => record.control === control);
    if (control === undefined || basis === undefined)
        return undefined;
    return { control, basis, own: latestFirst.filter(record => record.control === control && record.name === name) };
}
/**
 * Takes an access control for a name: records the name if it has no record, and renews the record if that gains enough.
 * Both write first and then look: a sweep sets the expired record inactive before it looks for a renewal, so either the
 * sweep sees the renewal and leaves the access control alone, or this step sees that it is being revoked.
 *
 * @param dateMs Pinata's time, in milliseconds since 1970; `undefined` if no answer told it
 * @returns the record that counts; `undefined` if the access control is being revoked
 * @throws ActionError if that can't be told
 */
async function takeForName({ control, own, basis }, naming, { records, gateway, dateMs }, { clock, log }) {
    const isOwn = basis.name === naming.name;
    const { expiresInMs = Number.POSITIVE_INFINITY } = naming;
    const { revoked } = WORDS[control.kind];
    const nowMs = dateMs ?? (Date.parse(control.createdAt) || clock.now());
    const expiresAtMs = isOwn ? laterExpiry(basis, naming, dateMs, log) : nowMs + expiresInMs;
    const isBeingRevoked = async () => {
        if (await records.isActive(basis))
            return false;
        log.info(`The ${control.kind} that the name ${naming.name} stands for is being ${revoked}, so it is not taken.`);
        return true;
    };
    if (expiresAtMs === undefined)
        return (await isBeingRevoked()) ? undefined : basis;
    const added = await records.add({ name: naming.name, expiresAtMs }, control, gateway);
    if (await isBeingRevoked()) {
        // Another name's record may be gone because this one stands for the access control, so this one stays.
        if (isOwn)
            await records.remove([added], ({ kind, subject }) => `The ${kind} ${subject} is being ${revoked}`);
        return undefined;
    }
    await records.remove(own, ({ kind, subject }) => `The expiry of ${kind} ${subject} was renewed`);
    return added;
}
/** When a renewed record expires; `undefined` if it stays as it is. */
function laterExpiry({ expiresAtMs, kind, subject }, { expiresInMs }, dateMs, log) {
    if (expiresInMs === undefined || !Number.isFinite(expiresAtMs))
        return undefined;
    if (dateMs === undefined) {
        log.warning(`The expiry of ${kind} ${subject} was not renewed, as expiries are measured by Pinata's clock, and its answer had no usable date.`);
        return undefined;
    }
    const gain = dateMs + expiresInMs - expiresAtMs;
    return gain < expiresInMs * LEAST_GAIN ? undefined : dateMs + expiresInMs;
}

;// CONCATENATED MODULE: ./build/steps/take.js



/** Hands over the key with this ID. @throws ActionError if the gateway has none */
async function takeKey(details, keyId, { gateway: ref, revoke }, step) {
    const gateway = addressOf(ref, details);
    const key = details.keys.find(each => each.id === keyId);
    if (key === undefined) {
        throw new ActionError(`Gateway ${gatewayName(gateway)} has no key ${keyId}. It was revoked, or it is a key of another gateway. Leave key-id out to create a new one.`);
    }
    await handOverTaken({ gateway, control: key, record: undefined }, step);
    if (revoke !== 'never') {
        step.log.warning(`revoke: ${revoke} has no effect on key ${key.id}, which this step did not create. Use the revoke action when no job needs it any more.`);
    }
}
/** Hands an existing access control to the workflow. @throws ActionError if it is of no use, or the runner does not take it */
async function handOverTaken({ gateway, control, record }, step) {
    if (control.kind === 'key') {
        if (control.value === undefined) {
            throw new ActionError(`The value of key ${control.id} is not what Pinata documents. Create a new key.`);
        }
        step.masks.add(control.value.reveal());
    }
    setOutputs(step.core, { gateway, control, named: record, created: false });
    const name = gatewayName(gateway);
    step.log.info(control.kind === 'key'
        ? `Took key ${control.id} of gateway ${name}. Its value is masked in this job's log. This job does not revoke it.${nameNote(control.kind, record)}`
        : `Gateway ${name} has origin ${control.value} already. This job does not remove it.${nameNote(control.kind, record)}`);
    const sentence = control.kind === 'key' ? 'A key that was there, masked in the log.' : 'Pages of this origin could read already.';
    const revoked = REVOKED_WHEN.never;
    await addToSummary(step, controlSummary(sentence, { gateway, control, revoked, named: record }));
}

;// CONCATENATED MODULE: ./build/steps/allow-origin.js







/** Sees to it that the gateway has the origin, and hands it to the workflow. @throws ActionError */
async function allowOrigin(inputs, step) {
    const { deadline, api, id, records } = await openStep(inputs, step);
    const look = async () => {
        // Of all names, as the origin may be recorded under another. Before the gateway is read: see NameRecords.find().
        const recorded = records ? await records.find() : [];
        const details = await readGateway(() => api.gateway(id));
        const entries = originsOf(details.origins, inputs.wanted.value);
        const sorted = records ? records.sort(concerned(recorded, inputs), details.origins) : NOTHING;
        const live = sorted.live.filter(({ subject }) => subject === inputs.wanted.value);
        return { ...sorted, live, details, entries, records, dateMs: api.dateMs };
    };
    let existing = await look();
    if (records && isJustAdded(existing)) {
        await step.clock.sleep(RECORDING_MS, step.stopped).catch(() => { });
        existing = await look();
    }
    await records?.remove(existing.gone);
    records?.warnOfUnproven(existing.unproven);
    const isTaken = existing.entries.length > 0 && (await take(existing, inputs, step));
    if (!isTaken)
        await create({ api, id, details: existing.details, deadline }, inputs, step);
}
/** How long a step takes from adding an origin to recording it, in milliseconds; much more than it should. */
const RECORDING_MS = 3_000;
/** Whether no record stands for the origin, and its newest entry is so new that a step may be about to record it. */
function isJustAdded({ entries, live, dateMs }) {
    const newest = Math.max(...entries.map(({ createdAt }) => Date.parse(createdAt) || 0));
    return live.length === 0 && dateMs !== undefined && dateMs - newest < 10 * RECORDING_MS;
}
/** Without the gateway nobody could tell the step's own entry from somebody's. */
async function readGateway(read) {
    try {
        return await read();
    }
    catch (error) {
        if (!(error instanceof ActionError))
            throw error;
        throw new ActionError(`No origin was added, as the gateway could not be read. ${error.message}`, error.kind);
    }
}
const NOTHING = { live: [], gone: [], unproven: [] };
/** The records that are about this origin, or about origins of this name. */
function concerned(records, { wanted, naming }) {
    return records.filter(({ kind, subject, name }) => kind === 'origin' && (subject === wanted.value || name === naming?.name));
}
/**
 * Takes an origin that the gateway has. One that expired or is being removed is left to the sweep.
 *
 * @returns whether it could be taken
 */
async function take({ details, entries, records, live, dateMs }, inputs, step) {
    const { naming } = inputs;
    const gateway = addressOf(inputs.gateway, details);
    const found = naming && findUnexpired(live, naming, dateMs);
    if (naming && records && found) {
        const record = await takeForName(found, naming, { records, gateway, dateMs }, step);
        if (record === undefined)
            return false;
        await handOverTaken({ gateway, control: found.control, record }, step);
    }
    else {
        const recorded = new Set(live.map(({ control }) => control));
        const control = entries.find(entry => !recorded.has(entry));
        if (control === undefined)
            return false;
        await handOverTaken({ gateway, control, record: undefined }, step);
        if (naming) {
            step.log.warning(`Origin ${inputs.wanted.value} was on gateway ${gatewayName(gateway)} before, and nothing shows that this action added it, so it is not recorded under the name ${naming.name}. To have it removed with the name, remove it at Pinata and run the job again.`);
        }
    }
    if (inputs.revoke !== 'never') {
        step.log.info(`revoke: ${inputs.revoke} does not apply to it, as this step did not add it.`);
    }
    return true;
}

;// CONCATENATED MODULE: ./build/steps/get-key.js






/** How often the gateway is asked for what the creation can do without. */
const DETAILS_TRIES = 3;
/** Gets a key, an existing one or a new one, and hands it to the workflow. @throws ActionError */
async function getKey(inputs, step) {
    const { deadline, api, id, records } = await openStep(inputs, step);
    if (inputs.keyId !== undefined) {
        await takeKey(await api.gateway(id), inputs.keyId, inputs, step);
        return;
    }
    const { naming } = inputs;
    // Before the gateway is read: see NameRecords.find().
    const recorded = naming && records ? await records.find(naming.name) : [];
    const details = await api.gateway(id, DETAILS_TRIES).catch(asActionError);
    // A redirect: api-url is not Pinata's address, and what a POST there would do nobody knows. 401: the POST would be refused.
    if (details instanceof ActionError && ['redirect', 'unauthorized'].includes(details.kind))
        throw details;
    const ofKeys = recorded.filter(({ kind }) => kind === 'key');
    if (records && ofKeys.length > 0) {
        const isTaken = await takeNamed({ api, records, recorded: ofKeys, details }, inputs, step);
        if (isTaken)
            return;
    }
    await create({ api, id, details, deadline }, inputs, step);
    function asActionError(error) {
        if (error instanceof ActionError)
            return error;
        throw error;
    }
}
/**
 * Hands over the key that the name stands for, unless a new one is wanted, and removes the records of keys that are gone.
 *
 * @returns whether there was one
 */
async function takeNamed({ api, records, recorded, details, }, inputs, step) {
    const { naming, rotate } = inputs;
    if (details instanceof ActionError) {
        // To rotate, nobody need know whether there is a key of this name. Otherwise another would be one too many.
        if (rotate)
            return false;
        throw details;
    }
    const { live, gone, unproven } = records.sort(recorded, details.keys);
    await records.remove(gone);
    records.warnOfUnproven(unproven);
    const { dateMs } = api;
    const found = naming && findUnexpired(live, naming, dateMs);
    if (naming === undefined || rotate || found === undefined)
        return false;
    const gateway = addressOf(inputs.gateway, details);
    const record = await takeForName(found, naming, { records, gateway, dateMs }, step);
    if (record === undefined)
        return false;
    await handOverTaken({ gateway, control: found.control, record }, step);
    if (inputs.revoke !== 'never') {
        step.log.info(`revoke: ${inputs.revoke} does not apply to it, as this step did not create it.`);
    }
    return true;
}

;// CONCATENATED MODULE: ./build/steps/inputs.js







const MAX_EXPIRES_IN_MS = 365 * 86_400_000;
const REVOKE_WHEN = ['never', 'on-failure', 'after-job'];
const GUARDS = ['warn', 'fail', 'allow'];
/** @throws ActionError on the first input that is not as it must be, before any request */
function readKeyInputs(getInput, masks) {
    // First of all, so that nothing that comes later can print it.
    const jwt = readJwt(getInput, masks);
    const keyId = getInput('key-id');
    const access = readAccess(getInput, jwt);
    const rotate = parseFlag('rotate', getInput('rotate'));
    const naming = readNaming(getInput, masks, 'key');
    if (rotate && naming === undefined)
        throw needsName('rotate', 'key');
    if (keyId !== '' && naming !== undefined) {
        throw new ActionError('key-id and name exclude each other: give the ID of the key to take, or the name of a key.');
    }
    return {
        ...access,
        wanted: { kind: 'key' },
        keyId: keyId === '' ? undefined : parseKeyId('key-id', keyId),
        rotate,
        naming,
        revoke: readRevoke(getInput),
        first: parseChoice('first-key', getInput('first-key'), GUARDS, 'warn'),
    };
}
/** @throws ActionError on the first input that is not as it must be, before any request */
function readOriginInputs(getInput, masks) {
    const jwt = readJwt(getInput, masks);
    const access = readAccess(getInput, jwt);
    return {
        ...access,
        wanted: { kind: 'origin', value: parseOrigin(getInput('origin')) },
        naming: readNaming(getInput, masks, 'origin'),
        revoke: readRevoke(getInput),
        first: parseChoice('first-control', getInput('first-control'), GUARDS, 'warn'),
    };
}
function readRevoke(getInput) {
    return parseChoice('revoke', getInput('revoke'), REVOKE_WHEN, 'never');
}
/** @throws ActionError on the first input that is not as it must be, before any request */
function readRevokeInputs(getInput, masks) {
    const jwt = readJwt(getInput, masks);
    const access = readAccess(getInput, jwt);
    return {
        ...access,
        selector: readSelector(getInput, masks),
        keep: new Set(parseList(getInput('keep')).map(each => parseKeyId('keep', each))),
        dryRun: parseFlag('dry-run', getInput('dry-run')),
        lastKey: parseChoice('last-key', getInput('last-key'), GUARDS, 'warn'),
    };
}
function readNaming(getInput, masks, kind) {
    const name = getInput('name');
    const expiresIn = getInput('expires-in');
    if (name === '') {
        if (expiresIn !== '')
            throw needsName('expires-in', kind);
        return undefined;
    }
    return {
        name: parseName(name),
        expiresInMs: expiresIn === '' ? undefined : parseDuration('expires-in', expiresIn, MAX_EXPIRES_IN_MS),
        token: readGitHubToken(getInput, masks),
    };
}
function needsName(input, kind) {
    return new ActionError(`${input} needs name, by which ${kind === 'key' ? 'a key' : 'an origin'} is found again. Give the ${kind} a name, or leave ${input} out.`);
}
function readSelector(getInput, masks) {
    const keyIds = parseList(getInput('key-id'));
    const origins = parseList(getInput('origin'));
    const names = parseList(getInput('name'));
    const expired = parseFlag('expired', getInput('expired'));
    const age = getInput('older-than');
    const given = [
        ...(keyIds.length > 0 ? ['key-id'] : []),
        ...(origins.length > 0 ? ['origin'] : []),
        ...(names.length > 0 ? ['name'] : []),
        ...(expired ? ['expired'] : []),
        ...(age === '' ? [] : ['older-than']),
    ];
    if (given.length === 0) {
        throw new ActionError(`Nothing to revoke is given: ${ONE_SELECTOR}. If one of them is an output of another step or job, that has set none.`);
    }
    if (given.length > 1) {
        const all = new Intl.ListFormat('en').format(given);
        throw new ActionError(`${all} are given, but ${ONE_SELECTOR}.`);
    }
    if (keyIds.length > 0)
        return { by: 'key-id', keyIds: keyIds.map(each => parseKeyId('key-id', each)) };
    if (origins.length > 0)
        return { by: 'origin', origins: [...new Set(origins.map(parseOrigin))] };
    if (age !== '')
        return { by: 'older-than', ms: parseDuration('older-than', age), age };
    if (expired)
        return { by: 'expired', token: readGitHubToken(getInput, masks) };
    return { by: 'name', names: names.map(parseName), token: readGitHubToken(getInput, masks) };
}
const ONE_SELECTOR = 'exactly one of key-id, origin, name, expired: true and older-than says what';
function readAccess(getInput, jwt) {
    return { gateway: inputs_parseGateway(getInput('gateway-id')), jwt, apiUrl: parseApiUrl(getInput('api-url')) };
}
/** Longer than any JWT of Pinata's, shorter than what a server takes for its headers. In characters. */
const MAX_JWT = 8192;
/** What is shorter is a slip, and too short to be masked: it is sent nowhere. In characters. */
const MIN_TOKEN = 4;
/** What a bearer token is made of (RFC 6750, section 2.1); none is a path. */
const TOKEN = /^\w[\w.~+/-]*=*$/;
/** Reads and masks the JWT. @throws ActionError if it can't be one */
function readJwt(getInput, masks) {
    const given = getInput('pinata-jwt');
    masks.add(given);
    const jwt = withoutBearer(given);
    masks.add(jwt);
    if (jwt === '') {
        throw new ActionError('pinata-jwt is empty. GitHub gives no secrets to workflows started from a fork or by Dependabot. Otherwise check that the secret exists in this repository, organization or environment, and its name in the workflow.');
    }
    if (/^[\da-f]{20}$|(^|[^\da-f])[\da-f]{64}$/i.test(jwt)) {
        throw new ActionError("pinata-jwt holds Pinata's API key or API secret. Put the JWT there, which Pinata shows next to them when the key is created: three parts with dots between, starting with eyJ.");
    }
    const odd = TOKEN.test(jwt) ? undefined : 'white space or other characters inside that no JWT has';
    if (odd !== undefined || jwt.length < MIN_TOKEN || jwt.length > MAX_JWT) {
        throw new ActionError(`pinata-jwt is not a JWT: it has ${odd ?? count(jwt.length, 'character')}. Copy the JWT again from Pinata, alone, in one line and without quotation marks.`);
    }
    return new secret_Secret(jwt);
}
function withoutBearer(given) {
    return given.replace(/^Bearer(\s+|$)/i, '');
}
/** What has no dot is an ID. Shorter than a key's value (64 characters), so that one pasted here is refused, not printed. */
const GATEWAY_ID = /^[\w-]{1,63}$/;
/** An ID if it has no dot, else a domain, with or without scheme and path. @throws ActionError if it is neither */
function inputs_parseGateway(value) {
    if (value === '') {
        throw new ActionError('gateway-id is empty. Give it the ID of the gateway or its domain (fun-llama-300.mypinata.cloud).');
    }
    if (GATEWAY_ID.test(value))
        return { id: value };
    const domain = parseDomain(value);
    if (domain === undefined) {
        throw new ActionError(`gateway-id ${shown(value)} is neither the ID of a gateway (letters, digits, - and _) nor a domain (fun-llama-300.mypinata.cloud).`);
    }
    return { domain };
}
const HOSTNAME = /^(?=.{4,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/;
function parseDomain(value) {
    if (value.length > 2000 || /[\s\p{C}@\\]/u.test(value))
        return undefined;
    const url = /^https?:\/\//i.test(value) ? value : `https://${value}`;
    if (!URL.canParse(url))
        return undefined;
    const host = new URL(url).hostname.replace(/\.$/, '');
    return HOSTNAME.test(host) && (0,external_node_net_namespaceObject.isIP)(host) === 0 ? host : undefined;
}
/** What no ID holds, or what looks like a key's value (64 characters): it is refused, not printed. */
const NO_KEY_ID = /[^\x21-\x7e]|[,/\\%]|^[\w-]{64,}$/;
function parseKeyId(input, value) {
    if (!types_isKeyId(value) || NO_KEY_ID.test(value)) {
        throw new ActionError(`${input} ${shown(value)} is not the ID of a gateway key. Give it the output key-id of the step that created the key, not the key itself.`);
    }
    return value;
}
function parseName(value) {
    if (isName(value))
        return value;
    throw new ActionError(`name ${shown(value)} is not a name: a name is 1 to 64 letters (a to z), digits, dots, underscores, slashes and hyphens.`);
}
/**
 * A web origin as a browser sends it: without path, query, fragment and default port, in lower case, in Punycode.
 *
 * @throws ActionError if it is none, or not one that Pinata could allow
 */
function parseOrigin(value) {
    const example = 'Give it one address with https, like https://pr-7.example.com.';
    if (value === '') {
        throw new ActionError(`origin is empty. ${example} If it is an output of another step or job, that has set none.`);
    }
    const refuse = (why) => new ActionError(`origin ${shown(withoutUserInfo(value))} ${why}. ${example}`);
    if (/^http:\/\//i.test(value))
        throw refuse('is plain http, and browsers of a page without TLS are not let in');
    const isText = value.length <= 2000 && /^https:\/\/[^\s\p{C}\\,]+$/iu.test(value);
    if (!isText || !URL.canParse(value))
        throw refuse('is not an https address');
    const url = new URL(value);
    if (url.username !== '' || url.password !== '')
        throw refuse('has a user name or a password');
    if (url.hostname.includes('*'))
        throw refuse('has a wildcard, which is not taken');
    if (!types_isOrigin(url.origin))
        throw refuse('has no host name that a browser would send');
    return url.origin;
}
/** Whatever is before an @ may be a password. */
function withoutUserInfo(value) {
    return value.slice(0, 2000).replace(/^.*@/s, '***@');
}
/** Reads and masks the token for GitHub. @throws ActionError if it can't be one */
function readGitHubToken(getInput, masks) {
    const token = getInput('github-token');
    masks.add(token);
    const isJwt = token === withoutBearer(getInput('pinata-jwt'));
    if (!isJwt && token.length >= MIN_TOKEN && token.length <= 4096 && TOKEN.test(token))
        return new secret_Secret(token);
    throw new ActionError(`github-token is ${token === '' ? 'empty' : isJwt ? 'the JWT of Pinata' : 'not a token'}, and names are recorded on GitHub. Leave it out to use the job's own token, or give it a token that may write deployments.`);
}
const DEFAULT_API_URL = 'https://api.pinata.cloud/v3';
/** @throws ActionError unless it is https, or http on the loopback interface */
function parseApiUrl(value) {
    const text = value === '' ? DEFAULT_API_URL : value;
    const example = `Leave it out, or set it to an address like ${DEFAULT_API_URL}.`;
    // What a URL parser would make good: line breaks, letters of other scripts, `..`.
    const url = /^[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
        const start = text.slice(0, 1000).replace(/^([^?#]*:\/\/[^?#]*)[?#].*/s, '$1');
        const open = start.replace(/\/\/.*@/s, '//***@');
        throw new ActionError(`api-url ${shown(open)} is not an https address. ${example}`);
    }
    const hasDots = /\/(\.|%2e){1,2}(\/|$)/i.test(text);
    if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || hasDots) {
        // Not quoted: it may hold a password.
        throw new ActionError(`api-url must not hold a user name, a password, a query (?), a fragment (#) or dots in place of a folder (..). ${example}`);
    }
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
        throw new ActionError(`api-url ${quoted(text)} is plain http, over which anybody on the way could read the JWT. Use https (http is for localhost only).`);
    }
    return (url.origin + url.pathname).replace(/\/+$/, '');
}

;// CONCATENATED MODULE: ./build/steps/post-step.js











/**
 * How long the revocation may take, in milliseconds: over the rate limit of the smallest plan, a minute, more than once.
 * What follows it has a time of its own, and a step that is stopped has some seconds for all of it.
 */
const LIMIT_MS = 3 * 60_000;
/**
 * What the post step owes an access control: revokes it, or reports it where it can't. Whatever goes wrong is a warning,
 * because the work of the job is done.
 */
async function runPostStep({ state, revoke, undecided }, step) {
    const { core, log } = step;
    const { apiUrl, gateway, before } = state;
    if (undecided !== undefined) {
        const { title, revoked } = WORDS[undecided.kind];
        log.warning(`${title} ${publicName(undecided)} of gateway ${gatewayName(gateway)} was not ${revoked}: revoke is on-failure, but job-status does not tell how the job ended. Do not set job-status.`);
    }
    const open = (ms) => {
        const jwt = readJwt(core.getInput, step.masks);
        return openPinata(step, { apiUrl: parseApiUrl(apiUrl), jwt }, reserveOf(step, ms)());
    };
    try {
        if (revoke !== undefined && state.phase !== 'creating') {
            await revokeControl(open(LIMIT_MS), state, revoke, step);
        }
    }
    catch (error) {
        log.warning(failureOf(state, revoke, messageOf(error)));
    }
    try {
        if (before !== undefined)
            await lookForLost(open, { state, before, isRevoked: revoke !== undefined }, step);
    }
    catch (error) {
        log.warning(failureOf(state, undefined, messageOf(error)));
    }
}
/** @throws ActionError if it may still be there */
async function revokeControl(api, state, control, step) {
    const { gateway, name } = state;
    const where = gatewayName(gateway);
    const subject = publicName(control);
    if (control.kind === 'origin' && name !== undefined && (await isHeld(control, name, state, step)))
        return;
    const outcome = await api.remove(gateway.id, control);
    const { revoked, created } = WORDS[control.kind];
    step.log.info(outcome === 'not-listed'
        ? `Gateway ${where} lists no ${control.kind} ${subject}: it was ${revoked} before.`
        : control.kind === 'key'
            ? `Revoked key ${subject} of gateway ${where}.`
            : `Removed origin ${subject} from gateway ${where}.`);
    const { title, column } = HEADINGS[control.kind];
    const why = state.phase === 'rollback' ? `, as the step that ${created} it failed` : '';
    const rows = [[gatewayCell(gateway), code(subject)]];
    const summary = section(`${title} ${revoked}`, `The post step ${revoked} it${why}.`);
    await addToSummary(step, summary + table(['Gateway', column], rows));
    if (name !== undefined)
        await removeRecords(name, control, gateway, step);
    if (state.mayBeFirst)
        await warnOfOpenGateway(api, gateway, step);
}
/**
 * Whether another record than this step's stands for an origin, so that it has to stay. Then this step's are removed.
 *
 * @throws ActionError if that can't be told; what was not handed over is to be removed then all the same
 */
async function isHeld(control, name, state, step) {
    const { gateway, record: deployment, phase } = state;
    try {
        const records = openRecordsOf(gateway, step);
        const { own, holder } = await releaseOrigin(records, control, { name, deployment });
        if (holder === undefined)
            return false;
        await records.remove(own, record => `The name ${record.name} is not needed any more`);
        step.log.info(`Origin ${control.value} stays on gateway ${gatewayName(gateway)}, as another record of the name ${holder.name} stands for it.`);
        return true;
    }
    catch (error) {
        if (phase === 'rollback')
            return false;
        throw error;
    }
}
/** After a lost answer: reports the keys that nobody claims, and removes or records the entries of an origin. */
async function lookForLost(open, { state, before, isRevoked }, step) {
    const { gateway, wanted } = state;
    const control = state.phase === 'creating' ? undefined : state.control;
    if (wanted.kind === 'key') {
        const own = control?.kind === 'key' ? control.id : undefined;
        await reportUnclaimedKeys(open(), { gateway, before, own }, step);
        return;
    }
    const own = control?.kind === 'origin' ? control : undefined;
    const lost = { gateway, value: wanted.value, before, own };
    const records = step.core.getInput('name') === '' ? undefined : openRecordsOf(gateway, step);
    if (state.phase === 'creating' || isRevoked) {
        await removeLostEntry(lost, open(), records, step);
    }
    else {
        const all = records && own ? records.sort(await records.find(), [own]).live : [];
        const record = all.find(({ deployment }) => deployment === state.record);
        await recordLostEntries(lost, { api: open(), records, record }, step);
    }
}
function openRecordsOf(gateway, step) {
    const token = readGitHubToken(step.core.getInput, step.masks);
    return openRecords(step, token, gateway.id, reserveOf(step)());
}
/** Warns if the gateway has no access control any more. */
async function warnOfOpenGateway(api, gateway, { log }) {
    try {
        const { accessControls } = await api.gateway(gateway.id);
        if (accessControls === 0)
            log.warning(openGateway(gateway));
    }
    catch (error) {
        log.warning(maybeOpenGateway(gateway, messageOf(error)));
    }
}
async function removeRecords(name, control, gateway, step) {
    try {
        await openRecordsOf(gateway, step).removeRecordsOf(name, control);
    }
    catch (error) {
        step.log.warning(`The name ${name} still stands for ${control.kind} ${publicName(control)} on GitHub. ${messageOf(error)}`);
    }
}
/** What a failure of the post step leaves behind. @param revoke what it was to revoke, if anything */
function failureOf({ gateway, wanted }, revoke, why) {
    if (revoke === undefined) {
        return `Gateway ${gatewayName(gateway)} may have a new ${wanted.kind} that nobody knows of, and could not be looked at. ${why}`;
    }
    const { title, revoke: verb, revoked } = WORDS[revoke.kind];
    return `${title} ${publicName(revoke)} of gateway ${gatewayName(gateway)} could not be ${revoked}: ${verb} it with the revoke action or in Pinata. ${why}`;
}

;// CONCATENATED MODULE: ./build/steps/outcomes.js
/** Those with this outcome. */
function withOutcome(outcomes, outcome) {
    return [...outcomes].filter(([, each]) => each === outcome).map(([one]) => one);
}
/** Those that are not on the gateway any more. */
function goneOf(outcomes) {
    return [...withOutcome(outcomes, 'revoked'), ...withOutcome(outcomes, 'not-listed')];
}
/** What can be removed of them. */
function controlsIn(selected) {
    return selected.map(({ control }) => control).filter(control => control !== undefined);
}

;// CONCATENATED MODULE: ./build/steps/revoke-report.js






/** As many IDs as an error can hold, and as many rows as a job summary (1 MiB). */
const revoke_report_MAX_NAMED = 50;
const MAX_ROWS = 1000;
/** As many lines as the log takes of them. */
const MAX_LINES = 120;
/** Longer tables of the summary are folded. */
const MAX_OPEN_ROWS = 20;
/** Reports what became of each, in the log and in the job summary. */
async function reportOutcomes(result, { dryRun }, step) {
    const { log } = step;
    const { selection, outcomes } = result;
    const { staying } = selection;
    const all = [...outcomes.keys()];
    for (const one of all.slice(0, MAX_LINES))
        log.info(lineOf(one, inWords(one.kind, outcomes.get(one))));
    for (const one of staying.slice(0, revoke_report_MAX_NAMED))
        log.info(lineOf(one, `stays, as ${one.why}`));
    const [moreLines, moreStaying] = [all.slice(MAX_LINES), staying.slice(revoke_report_MAX_NAMED)];
    if (moreLines.length > 0) {
        log.info(`${countOf(moreLines, 'more ')} ${moreLines.length === 1 ? 'was' : 'were'} selected.`);
    }
    if (moreStaying.length > 0)
        log.info(`${countOf(moreStaying, 'more ')} ${staysOf(moreStaying)}.`);
    const stay = staying.length === 0 ? '' : `, ${countOf(staying)} ${staysOf(staying)}`;
    const sentence = dryRun
        ? `Dry run: nothing was revoked; ${countOf(withOutcome(outcomes, 'would be revoked'))} would be${stay}.`
        : `${whatWasRevoked(result)}${also(outcomes, 'not-listed', 'not on the gateway')}${also(outcomes, 'kept', 'kept')}${stay}.`;
    log.info(sentence);
    await addToSummary(step, summaryOf(result, sentence));
}
function lineOf({ kind, subject, name }, words) {
    return `${WORDS[kind].title} ${subject}${name === undefined ? '' : ` (${name})`}: ${words}.`;
}
/** `, 2 kept`, or nothing if there are none. */
function also(outcomes, outcome, words) {
    const { length } = withOutcome(outcomes, outcome);
    return length === 0 ? '' : `, ${length} ${words}`;
}
/** "2 keys", "1 origin", "2 keys and 1 origin". @param more goes before each word */
function countOf(all, more = '') {
    const keys = all.filter(({ kind }) => kind === 'key').length;
    const origins = all.length - keys;
    return [
        ...(keys > 0 || origins === 0 ? [count(keys, `${more}key`)] : []),
        ...(origins > 0 ? [count(origins, `${more}origin`)] : []),
    ].join(' and ');
}
function staysOf(all) {
    return all.length === 1 ? 'stays' : 'stay';
}
/** "2 keys could not be revoked", with one word for all kinds. */
function notRevoked(all) {
    const kinds = new Set(all.map(({ kind }) => kind));
    const what = kinds.size > 1 ? `${all.length} keys and origins` : countOf(all);
    return `${what} could not be ${kinds.has('key') ? 'revoked' : 'removed'}`;
}
/** IDs and origins in a sentence, as many as it can hold. */
function revoke_report_listOf(all) {
    const more = all.length > revoke_report_MAX_NAMED ? ` and ${all.length - revoke_report_MAX_NAMED} more` : '';
    const some = all.slice(0, revoke_report_MAX_NAMED).map(({ subject }) => subject);
    return `${some.join(', ')}${more}`;
}
function inWords(kind, outcome) {
    const { revoked } = WORDS[kind];
    const words = {
        revoked,
        'not-listed': `not on the gateway: it was ${revoked} before, or belongs to another gateway`,
        kept: 'kept, as asked',
        'would be revoked': `would be ${revoked} (dry run)`,
        'not revoked': `not ${revoked}`,
        'not tried': `not ${revoked}, as it was not tried after the error of another`,
    };
    return words[outcome];
}
/** "2 keys of gateway fun-llama-300.mypinata.cloud revoked, 1 origin removed". */
function whatWasRevoked({ gateway, selection, outcomes }) {
    const revoked = withOutcome(outcomes, 'revoked');
    const origins = revoked.filter(({ kind }) => kind === 'origin').length;
    const keys = revoked.length - origins;
    const areOrigins = keys === 0 && (origins > 0 || selection.selected.some(({ kind }) => kind === 'origin'));
    const of = `of gateway ${gatewayName(gateway)}`;
    if (areOrigins)
        return `${count(origins, 'origin')} ${of} removed`;
    return `${count(keys, 'key')} ${of} revoked${origins > 0 ? `, ${count(origins, 'origin')} removed` : ''}`;
}
/** @returns why the outputs could not be set, if so: what was revoked is reported all the same */
function revoke_report_setOutputs(outcomes, { core }) {
    const revoked = withOutcome(outcomes, 'revoked');
    const keyIds = revoked.filter(({ kind }) => kind === 'key').map(({ subject }) => subject);
    // Of several entries of one origin, all have to go.
    const left = new Set([...outcomes.keys()].filter(one => !revoked.includes(one)).map(({ subject }) => subject));
    const origins = revoked.filter(({ kind, subject }) => kind === 'origin' && !left.has(subject));
    try {
        core.setOutput('revoked-key-ids', keyIds.join('\n'));
        core.setOutput('revoked-count', String(keyIds.length));
        core.setOutput('removed-origins', [...new Set(origins.map(({ subject }) => subject))].join('\n'));
        return undefined;
    }
    catch (error) {
        return new ActionError(`The revocation is done, but the outputs of the step could not be written: ${printable(messageOf(error))}.`);
    }
}
/** What went, what did not, and what stays, each in a table of its own. */
function summaryOf({ gateway, selection, outcomes }, sentence) {
    const groups = [
        ['Revoked', withOutcome(outcomes, 'revoked')],
        ['Would be revoked', withOutcome(outcomes, 'would be revoked')],
        ['Not revoked', [...withOutcome(outcomes, 'not revoked'), ...withOutcome(outcomes, 'not tried')]],
        ['Not on the gateway', withOutcome(outcomes, 'not-listed')],
        ['Kept', withOutcome(outcomes, 'kept')],
        ['Stays', selection.staying],
    ];
    let rows = 0;
    const tables = groups.map(([title, group]) => {
        const shown = group.slice(0, Math.max(0, MAX_ROWS - rows));
        rows += shown.length;
        return shown.length === 0 ? '' : groupTable(title, shown, group.length);
    });
    const all = [...outcomes.keys(), ...selection.staying];
    const more = all.length > MAX_ROWS ? `\n…and ${all.length - MAX_ROWS} more.\n` : '';
    return (section('Pinata gateway access', sentence.replace(gatewayName(gateway), gatewayCell(gateway))) +
        tables.join('') +
        more);
}
function groupTable(title, group, total) {
    const hasNames = group.some(({ name }) => name !== undefined);
    const hasReasons = group.some(one => 'why' in one);
    const rows = group.map(one => [
        code(one.subject),
        ...(hasNames ? [code(one.name ?? '')] : []),
        one.createdAt === undefined ? '–' : readableTime(one.createdAt),
        ...(hasReasons ? ['why' in one ? one.why : ''] : []),
    ]);
    const columns = [columnOf(group), ...(hasNames ? ['Name'] : []), 'Created', ...(hasReasons ? ['Why'] : [])];
    const heading = `${title} (${total})`;
    return rows.length > MAX_OPEN_ROWS
        ? details(heading, table(columns, rows))
        : `\n**${heading}**\n${table(columns, rows)}`;
}
function columnOf(group) {
    const kinds = new Set(group.map(({ kind }) => kind));
    return kinds.size > 1 ? 'Key ID or origin' : kinds.has('origin') ? 'Origin' : 'Key ID';
}

;// CONCATENATED MODULE: ./build/steps/selection.js



const selection_NOTHING = { live: [], gone: [] };
/**
 * Selects what to revoke.
 *
 * @param gateway as Pinata told of it; it may be missing only for keys by ID
 * @param recorded the records of the gateway, for a selection by name or expiry
 * @param nowMs Pinata's time, by which age and expiry are measured, in milliseconds since 1970; `undefined` if no answer
 *   told it
 * @throws ActionError if ages or expiries are asked for and the time is not known
 */
function selection_select(selector, gateway, recorded = selection_NOTHING, nowMs) {
    if (selector.by === 'key-id') {
        const keys = new Map(gateway?.keys.map(key => [key.id, key]));
        return selectionOf(selector.keyIds.map(id => selectedOf(keys.get(id) ?? { kind: 'key', id })));
    }
    if (gateway === undefined)
        throw new ActionError('The gateway could not be read, so nothing was selected.');
    if (selector.by === 'origin')
        return selectionOf(selector.origins.flatMap(value => ofValue(value, gateway)));
    if (selector.by === 'name')
        return selectionOf([...byControl(recorded.live), ...bySubject(recorded.gone)]);
    if (nowMs === undefined) {
        throw new ActionError("Nothing was revoked, as ages are measured by Pinata's clock, and its answer had no usable date. Check api-url, and whether a proxy answers in Pinata's place.");
    }
    if (selector.by === 'older-than')
        return olderThan(selector, gateway.keys, nowMs);
    return expired(recorded, nowMs);
}
/** All entries of an origin, or one that stands for none. */
function ofValue(value, gateway) {
    const entries = gateway.origins.filter(each => each.value === value);
    const none = { kind: 'origin', subject: value, control: undefined, records: [], proven: [] };
    return entries.length === 0 ? [none] : entries.map(entry => selectedOf(entry));
}
/** What has several records expires with the last of them, so that no copy of a record makes it go sooner. */
function expired({ live, gone }, nowMs) {
    const selection = selectionOf([]);
    for (const one of byControl(live)) {
        const expiresAtMs = Math.max(...one.proven.map(record => record.expiresAtMs));
        if (expiresAtMs <= nowMs)
            selection.selected.push(one);
        else
            selection.staying.push({ ...one, why: expiryNote(expiresAtMs) });
    }
    selection.selected.push(...bySubject(gone));
    return selection;
}
function expiryNote(expiresAtMs) {
    return Number.isFinite(expiresAtMs) ? `it expires at ${readableTime(expiresAtMs)}` : 'it never expires';
}
function olderThan({ ms, age }, keys, nowMs) {
    const selection = selectionOf([]);
    for (const key of keys) {
        const createdAtMs = Date.parse(key.createdAt);
        const stay = (why) => selection.staying.push({ ...selectedOf(key), why });
        if (createdAtMs < nowMs - ms)
            selection.selected.push(selectedOf(key));
        else if (Number.isNaN(createdAtMs))
            stay('Pinata gave no time of its creation');
        else
            stay(`it is not older than ${age}`);
    }
    return selection;
}
/** Each access control of the records, with all of its records. */
function byControl(live) {
    return groupsOf(live, ({ kind, control }) => `${kind} ${idOf(control)}`).map(([first, records]) => ({
        ...selectedOf(first.control),
        name: first.name,
        records,
        proven: records,
    }));
}
/** Each access control that is gone, with all of its records. */
function bySubject(gone) {
    return groupsOf(gone, ({ kind, subject }) => `${kind} ${subject}`).map(([{ kind, subject, name }, records]) => ({
        kind,
        subject,
        name,
        control: undefined,
        records,
        proven: [],
    }));
}
/** Groups in the order of their first members, each with its first member. */
function groupsOf(all, keyOf) {
    const groups = new Map();
    for (const one of all) {
        const group = groups.get(keyOf(one));
        if (group === undefined)
            groups.set(keyOf(one), [one, [one]]);
        else
            group[1].push(one);
    }
    return [...groups.values()];
}
function selectedOf(control) {
    const { kind, createdAt } = control;
    return { kind, subject: publicName(control), createdAt, control, records: [], proven: [] };
}
function selectionOf(selected) {
    return { selected, staying: [] };
}

;// CONCATENATED MODULE: ./build/steps/revoke.js









/** How many access controls are revoked at the same time. */
const SIDE_BY_SIDE = 4;
/** How much more time a step has for each: each takes a second on the smallest plan. In milliseconds. */
const LIMIT_EACH_MS = 2_000;
/** Revokes keys and removes origins, those to keep excepted, and reports what became of each. @throws ActionError if one is left */
async function revoke(inputs, step) {
    const deadline = new Deadline(step.clock, STEP_LIMIT_MS);
    const work = await begin(deadline, inputs, step);
    const { details, selection, outcomes } = work;
    deadline.extend(selection.selected.length * LIMIT_EACH_MS);
    const wanted = withOutcome(outcomes, 'not tried');
    const mayRefuse = inputs.lastKey === 'fail' && !(details instanceof ActionError);
    const holders = inputs.dryRun || mayRefuse ? await findHolders(work, inputs) : NO_HOLDERS;
    if (mayRefuse)
        refuseLastControl(details, controlsIn(wanted.filter(one => !holders.has(one))), inputs);
    const firstError = inputs.dryRun ? rehearse(work, holders) : await revokeAll(work, deadline, inputs, step);
    await reportOutcomes(work, inputs, step);
    reportLastControl(work, inputs, step);
    const outputError = revoke_report_setOutputs(outcomes, step);
    if (firstError !== undefined) {
        const left = [...withOutcome(outcomes, 'not revoked'), ...withOutcome(outcomes, 'not tried')];
        throw new ActionError(`${left.length} of ${notRevoked(wanted)}: ${revoke_report_listOf(left)}. ${firstError.message}`);
    }
    if (outputError !== undefined)
        throw outputError;
}
/** Reads what there is, and selects what to revoke. @throws ActionError */
async function begin(deadline, inputs, step) {
    const { selector } = inputs;
    const api = openPinata(step, inputs, backoffOf(step, deadline));
    const id = await api.resolve(inputs.gateway);
    const records = 'token' in selector ? openRecords(step, selector.token, id, backoffOf(step, deadline)) : undefined;
    // Before the gateway is read: see NameRecords.find().
    const recorded = await findRecords(records, selector, step);
    const details = await readDetails(api, id, inputs);
    const existing = details instanceof ActionError ? undefined : details;
    const sorted = existing && records?.sort(recorded, controlsOf(existing));
    if (sorted && records && selector.by === 'expired')
        sorted.live = await withoutReleased(records, sorted.live, api.dateMs);
    const selection = selection_select(selector, existing, sorted, api.dateMs);
    records?.warnOfUnproven(sorted?.unproven ?? []);
    const outcomes = new Map(selection.selected.map(one => [one, outcomeBefore(one, inputs)]));
    return { api, gateway: existing ?? { id, url: '' }, details, records, selection, outcomes };
}
/**
 * Without the records that keep an expired access control, but were given up: set inactive, when they could not be removed.
 */
async function withoutReleased(records, live, nowMs) {
    if (nowMs === undefined)
        return live;
    const expired = new Set(live.filter(({ expiresAtMs }) => expiresAtMs <= nowMs).map(({ control }) => control));
    const counting = [];
    for (const record of live) {
        const keeps = record.expiresAtMs > nowMs && expired.has(record.control);
        if (!keeps || (await records.isActive(record)))
            counting.push(record);
    }
    return counting;
}
/**
 * Revokes what is left to revoke, in batches, so that a rate limit of GitHub's ends a large sweep after some of its work
 * and not before all of it.
 *
 * @returns the first error, if any
 */
async function revokeAll(work, deadline, inputs, step) {
    const { api, records, outcomes } = work;
    const wanted = withOutcome(outcomes, 'not tried');
    const backoff = backoffOf(step, deadline);
    const apis = [api, ...wanted.slice(1, SIDE_BY_SIDE).map(() => openPinata(step, inputs, backoff))];
    const gone = goneOf(outcomes);
    let firstError;
    for (let from = 0, size = FIRST_BATCH; from < wanted.length; from += size, size *= 2) {
        const batch = wanted.slice(from, from + size);
        const unknown = await leaveToOthers(work, inputs, batch);
        const error = (await revokeSideBySide(apis, work, batch)) ?? unknown;
        firstError ??= unknown ?? error;
        const revoked = batch.filter(one => ['revoked', 'not-listed'].includes(outcomes.get(one) ?? ''));
        await records?.remove(revoked.flatMap(one => one.records));
        if (isFinal(error))
            break;
    }
    await records?.remove(gone.flatMap(one => one.records));
    return firstError;
}
/** How many are revoked before the records are looked at again; then twice as many, as each look reads all of them. */
const FIRST_BATCH = 200;
/** What is refused for one is refused for all. */
function isFinal(error) {
    return error !== undefined && ['unauthorized', 'forbidden', 'rate-limited'].includes(error.kind);
}
const NO_HOLDERS = new Map();
/** What is shared: what a step can renew or record while this one runs. */
function sharedOf(selected, { selector }) {
    return selected.filter(({ kind }) => selector.by === 'expired' || (selector.by === 'name' && kind === 'origin'));
}
/** Which of these has to stay. @param others all records but those of this step */
async function holdersOf({ api, records }, { selector }, { shared, others }) {
    const nowMs = api.dateMs ?? Number.POSITIVE_INFINITY;
    const holders = new Map();
    for (const one of shared) {
        const counting = others.filter(({ control, name, expiresAtMs }) => {
            return control === one.control && (selector.by === 'name' ? !selector.names.includes(name) : expiresAtMs > nowMs);
        });
        const holder = records && (await firstActive(records, counting));
        if (holder)
            holders.set(one, holder);
    }
    return holders;
}
/** Which of the selected has to stay, as far as the records tell now. @throws ActionError */
async function findHolders(work, inputs) {
    const { records, outcomes } = work;
    const shared = inputs.selector.by === 'name' ? sharedOf(withOutcome(outcomes, 'not tried'), inputs) : [];
    if (records === undefined || shared.length === 0)
        return NO_HOLDERS;
    const controls = shared.flatMap(one => one.proven.map(({ control }) => control));
    const { live } = records.sort(await records.find(), controls);
    return await holdersOf(work, inputs, { shared, others: live });
}
/** Decides what would be revoked, and changes nothing. */
function rehearse(work, holders) {
    const { details, outcomes } = work;
    const ids = new Set(details instanceof ActionError ? [] : controlsOf(details).map(idOf));
    for (const one of withOutcome(outcomes, 'not tried')) {
        const isListed = one.control !== undefined && ids.has(idOf(one.control));
        outcomes.set(one, isListed ? 'would be revoked' : 'not-listed');
        const holder = holders.get(one);
        if (holder)
            stay(one, standsFor(holder), work);
    }
    return undefined;
}
/**
 * Leaves alone what others count on: an expired access control that was renewed meanwhile, and an origin that another
 * name stands for.
 *
 * @returns why that could not be told: then those are not revoked
 */
async function leaveToOthers(work, inputs, batch) {
    const { records, outcomes } = work;
    const shared = sharedOf(batch, inputs);
    if (records === undefined || shared.length === 0)
        return undefined;
    try {
        const announced = shared.flatMap(one => one.proven);
        const others = await announceRevocation(records, announced);
        for (const [one, holder] of await holdersOf(work, inputs, { shared, others })) {
            const isName = inputs.selector.by === 'name';
            stay(one, isName ? standsFor(holder) : 'it was renewed just now', work);
            // Those of a sweep stay for the next one: the step that renews removes them, or its own if it gives up.
            if (isName)
                await records.remove(one.records, ({ name }) => `The name ${name} is not needed any more`);
        }
        return undefined;
    }
    catch (error) {
        for (const one of shared)
            if (outcomes.has(one))
                outcomes.set(one, 'not revoked');
        return asActionError(error);
    }
}
function standsFor({ name }) {
    return `the name ${name} stands for it too`;
}
function stay(one, why, { selection, outcomes }) {
    outcomes.delete(one);
    selection.staying.push({ ...one, why });
}
/** Reports that the gateway has no access control any more, or that nobody knows. */
function reportLastControl({ gateway, details, outcomes }, inputs, step) {
    if (!(details instanceof ActionError)) {
        const removed = inputs.dryRun ? withOutcome(outcomes, 'would be revoked') : goneOf(outcomes);
        if (removesLastControl(details, controlsIn(removed)))
            reportOpenGateway(gateway, inputs, step);
    }
    else if (inputs.lastKey === 'warn') {
        step.log.warning(maybeOpenGateway(gateway, details.message));
    }
}
/** The records that the selector is about, and none if it is about none. */
async function findRecords(records, selector, step) {
    if (records === undefined)
        return [];
    if (selector.by !== 'name')
        return await records.find();
    const found = [];
    for (const name of selector.names) {
        const ofName = await records.find(name);
        if (ofName.length === 0)
            step.log.info(`No key or origin of this gateway has the name ${name}.`);
        found.push(...ofName);
    }
    return found;
}
function outcomeBefore({ control }, { keep }) {
    if (control === undefined)
        return 'not-listed';
    return control.kind === 'key' && keep.has(control.id) ? 'kept' : 'not tried';
}
/**
 * The gateway's details, or why they can't be read. Revoking keys by their IDs can do without them, unless the access or
 * the gateway is wrong, or it was asked to be sure of something that only they tell.
 */
async function readDetails(api, id, { dryRun, lastKey, selector }) {
    try {
        return await api.gateway(id);
    }
    catch (error) {
        if (!(error instanceof ActionError))
            throw error;
        const isRefused = ['unauthorized', 'forbidden', 'not-found'].includes(error.kind);
        if (dryRun || selector.by !== 'key-id' || isRefused)
            throw error;
        if (lastKey === 'fail') {
            throw new ActionError(`Nothing was revoked, as last-key is fail and the gateway's access controls could not be read. ${error.message}`);
        }
        return error;
    }
}
/** Revokes a few at a time, each connection one by one. @returns the first error, if any */
async function revokeSideBySide(apis, { gateway, details, outcomes }, batch) {
    const ids = details instanceof ActionError ? undefined : new Set(controlsOf(details).map(idOf));
    const queue = batch.filter(one => outcomes.get(one) === 'not tried');
    let firstError;
    const work = async (api) => {
        for (let one = queue.shift(); one?.control !== undefined; one = queue.shift()) {
            try {
                outcomes.set(one, await api.remove(gateway.id, one.control, ids?.has(idOf(one.control))));
            }
            catch (error) {
                outcomes.set(one, 'not revoked');
                const known = asActionError(error);
                firstError ??= known;
                if (isFinal(known))
                    queue.length = 0;
            }
        }
    };
    await Promise.all(apis.map(work));
    return firstError;
}
function asActionError(error) {
    return error instanceof ActionError ? error : new ActionError(messageOf(error));
}

;// CONCATENATED MODULE: ./build/action.js
// The work of the entries, in one bundle: what a runner downloads stays small, and a post step that has nothing to do
// loads none of it.








const KEY = 'Pinata gateway key';
const action_ORIGIN = 'Pinata web origin';
/** The step of `action.yml`. */
function main() {
    return runStep(readKeyInputs, getKey, { title: KEY, output: 'key' });
}
/** The step of `origin/action.yml`. */
function origin() {
    return runStep(readOriginInputs, allowOrigin, { title: action_ORIGIN, output: 'origin' });
}
/** The step of `revoke/action.yml`. */
function action_revoke() {
    return runStep(readRevokeInputs, revoke, { title: KEY });
}
/** The post step of `action.yml` and `origin/action.yml`, for a step that left work for it. It never fails a job. */
function post(work) {
    const about = failureOf(work.state, work.revoke ?? work.undecided, '');
    const title = work.state.wanted.kind === 'key' ? KEY : action_ORIGIN;
    return run(runner => runPostStep(work, { ...runner, clock: systemClock }), { onFailure: 'warn', title, about });
}
/** @param output what the step can't do without handing over, if there is such a thing */
function runStep(readInputs, work, { title, output }) {
    return run(async (runner) => {
        const inputs = readInputs(runner.core.getInput, runner.masks);
        // Without the file, @actions/core would print the outputs instead, the key among them.
        if (output !== undefined && !runner.env.GITHUB_OUTPUT) {
            throw new ActionError(`GITHUB_OUTPUT is not set, so the ${output} could not be an output.`);
        }
        await work(inputs, { ...runner, clock: systemClock });
    }, { onFailure: 'fail', title });
}

})();

module.exports = __webpack_exports__;
/******/ })()
;