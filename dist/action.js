const onFirstUse = (load, loaded) => () => (loaded ??= load());
/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
/******/ 	var __webpack_modules__ = ({});
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
// ESM COMPAT FLAG
__nccwpck_require__.r(__webpack_exports__);

// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  main: () => (/* binding */ main),
  origin: () => (/* binding */ origin),
  post: () => (/* binding */ post),
  preview: () => (/* binding */ action_preview),
  revoke: () => (/* binding */ action_revoke)
});

;// CONCATENATED MODULE: ./build/errors.js
class ActionError extends Error {
    name = 'ActionError';
    kind;
    constructor(message, kind = 'other') {
        super(message);
        this.kind = kind;
    }
}
class CreationError extends ActionError {
    isInDoubt;
    constructor({ message, kind }, isInDoubt) {
        super(message, kind);
        this.isInDoubt = isInDoubt;
    }
}
function messageOf(thrown) {
    return String(thrown?.message ?? thrown);
}
const STOPPED = 'The step was stopped: the job was canceled, a time limit (timeout-minutes) expired, or the runner shut down.';
function isRefusal(error) {
    return error !== undefined && ['unauthorized', 'forbidden', 'rate-limited'].includes(error.kind);
}
function resultOf(work) {
    return work.catch((error) => (error instanceof ActionError ? error : new ActionError(messageOf(error))));
}

;// CONCATENATED MODULE: ./build/pinata/labels.js
const LABELS = {
    key: {
        title: 'Key',
        created: 'created',
        revoke: 'revoke',
        revoked: 'revoked',
        revocation: 'Revocation',
        cutOff: 'readers without a key',
        heading: 'Pinata gateway key',
        column: 'Key ID',
        route: 'access_tokens',
    },
    origin: {
        title: 'Origin',
        created: 'added',
        revoke: 'remove',
        revoked: 'removed',
        revocation: 'Removal',
        cutOff: 'all readers except pages on allowed origins',
        heading: 'Pinata web origin',
        column: 'Origin',
        route: 'hosts',
    },
};
function creationOf(wanted) {
    return wanted.kind === 'key' ? 'create a key' : `add the origin ${wanted.value}`;
}
const CHECK_API_URL = 'Check api-url, and check whether a proxy is responding instead of Pinata.';
const gatewayName = ({ id, url }) => (url === '' ? id : url.slice('https://'.length));

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
const parseJson = (text) => reply_unlessItThrows(() => JSON.parse(text));
const parseUrl = (text) => reply_unlessItThrows(() => new URL(text));
function reply_unlessItThrows(action) {
    try {
        return action();
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = onFirstUse(() => require("node:timers/promises"));
;// CONCATENATED MODULE: ./build/http/retry.js


const systemClock = {
    now: () => Date.now(),
    elapsed: () => process.uptime() * 1000,
    sleep: (ms, signal) => (0,(promises_namespaceObject()).setTimeout)(ms, undefined, { signal }),
    random: () => Math.random(),
};
class Deadline {
    clock;
    #end;
    constructor(clock, ms) {
        this.clock = clock;
        this.#end = clock.elapsed() + ms;
    }
    get left() {
        return Math.max(0, this.#end - this.clock.elapsed());
    }
    extend(ms) {
        this.#end = Math.max(this.#end, this.clock.elapsed()) + ms;
    }
}
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const SHORTEST_REQUESTED_MS = 1000;
const REQUEST_TIMEOUT_MS = 30_000;
const REPORTED_WAIT_MS = 5_000;
function attemptOf(reply, isOwn = (_) => true) {
    if (reply.kind === 'fault') {
        const classification = reply.transient ? 'transient' : 'permanent';
        return { classification, mayHaveTakenEffect: reply.sent, reason: reply.reason, reply };
    }
    const { status, retryAfterMs, afterSuccess } = reply;
    const isFailure = status >= 500 || status === 408;
    const isTransient = isFailure || (status === 401 && afterSuccess);
    const rejection = status === 429 ? 'rate-limited' : isTransient ? 'transient' : 'permanent';
    const mayHaveTakenEffect = status < 400 || isFailure || !isOwn(reply);
    const classification = isSuccess(reply) ? 'ok' : rejection;
    return { classification, mayHaveTakenEffect, reason: `HTTP ${status}`, retryAfterMs, reply };
}
async function waitBeforeRetry(attempt, tries, { deadline, signal, report }) {
    const { classification, retryAfterMs = 0, reason } = attempt;
    const { clock, left } = deadline;
    const growing = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
    const jitter = clock.random();
    const isRequested = retryAfterMs >= SHORTEST_REQUESTED_MS;
    const ms = isRequested ? retryAfterMs + jitter * Math.min(1000, growing) : growing * (0.5 + jitter / 2);
    if (ms >= left || signal.aborted)
        return false;
    if (ms >= REPORTED_WAIT_MS) {
        const end = new Date(clock.now() + ms).toISOString().slice(11, 19);
        report(`${classification === 'rate-limited' ? 'rate limit exceeded' : reason}. Waiting until ${end} UTC.`);
    }
    await clock.sleep(ms, signal).catch(() => { });
    return !signal.aborted;
}
const MAX_TRIES = 5;
async function retry(send, backoff, { maxTries = MAX_TRIES, maxLost = Number.POSITIVE_INFINITY, minLeftMs = 0 } = {}) {
    for (let tries = 1, failures = 0, lost = 0;; tries++) {
        const last = await send();
        const { classification, mayHaveTakenEffect } = last;
        if (classification === 'ok')
            return { ...last, lost };
        if (mayHaveTakenEffect)
            lost++;
        if (classification === 'transient')
            failures++;
        const isFinal = classification === 'permanent' || failures >= maxTries || lost >= maxLost;
        const mayRetry = !isFinal && (await waitBeforeRetry(last, tries, backoff)) && backoff.deadline.left >= minLeftMs;
        if (!mayRetry)
            return { ...last, lost };
    }
}
function httpDate(text = '') {
    const isDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text);
    const date = isDate ? Date.parse(text) : Number.NaN;
    return Number.isNaN(date) ? undefined : date;
}
function retryAfter(header, dateMs) {
    const text = (header ?? '').trim();
    if (/^\d{1,12}(\.\d+)?$/.test(text))
        return Number(text) * 1000;
    const date = httpDate(text);
    return date === undefined || dateMs === undefined ? undefined : Math.max(0, date - dateMs);
}
function rateLimitReset(headers, dateMs) {
    const { 'x-ratelimit-reset': reset = '', 'x-ratelimit-remaining': remaining } = headers;
    const isReset = /^\d{1,12}$/.test(reset) && !(Number(remaining) > 0);
    return isReset && dateMs !== undefined ? Math.max(0, Number(reset) * 1000 - dateMs) : undefined;
}

;// CONCATENATED MODULE: ./build/printable-text.js
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
const TOKEN_LIKE = /[\w.~+/=%-]{40,}/g;
const MAX_READ = 10_000;
function printable(text, max = 200) {
    return oneLine(text.slice(0, MAX_READ).replace(TOKEN_LIKE, '\u2026'), max);
}
function oneLine(text, max = 200) {
    const line = withoutCommands(text.slice(0, MAX_READ).replace(UNPRINTABLE, ' ')).replace(/\s+/g, ' ').trim();
    if (line.length <= max)
        return line;
    const start = line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '');
    return `${start.trimEnd()}\u2026`;
}
function withoutCommands(text) {
    return text.replace(/(?<![^\r\n])((?:[^\S\r\n]|\u0085)*:)(?=:[^\r\n]*?::)/g, '$1 ').replace(/##\[/g, '## [');
}
function count(number, singular) {
    return `${number} ${singular}${number === 1 ? '' : 's'}`;
}
const MAX_LISTED = 15;
function listOf(strings, hint = '') {
    const more = strings.length > MAX_LISTED ? `, and ${strings.length - MAX_LISTED} more${hint}` : '';
    return strings.length === 0 ? 'none' : strings.slice(0, MAX_LISTED).join(', ') + more;
}
function readableTime(time) {
    const date = new Date(time);
    return Number.isNaN(date.valueOf()) ? 'unknown' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

;// CONCATENATED MODULE: ./build/http/network-faults.js


function faultOf(reason, traits = {}) {
    return { kind: 'fault', reason, sent: true, transient: true, ...traits };
}
const NOT_TRUSTED = /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;
const NO_TLS = /wrong version number|length too long/;
const TLS_REASON = /:SSL routines:[^:]*:([^:]+)/;
function faultOfError(error) {
    const { errors = [error] } = error;
    const code = errors.find(each => each.code)?.code ?? '';
    const message = messageOf(errors[0]);
    const permanent = (reason, cause) => faultOf(reason, { transient: false, cause });
    if (NOT_TRUSTED.test(code))
        return permanent(`the certificate is not trusted (${code})`, 'certificate');
    if (NO_TLS.test(message))
        return permanent(`the server or proxy does not use TLS (${code})`, 'tls');
    const [, tlsReason] = TLS_REASON.exec(message) ?? [];
    if (tlsReason)
        return faultOf(`TLS with the server or proxy failed (${tlsReason})`, { cause: 'tls' });
    if (error.cause === 'proxy-credentials')
        return permanent(message, error.cause);
    const sent = errors.some(({ syscall = '' }) => !['connect', 'getaddrinfo'].includes(syscall));
    const cause = message.startsWith('Parse Error') && { cause: 'response' };
    return faultOf(message.includes(code) ? message : `${message} (${code})`, { sent, ...cause });
}
function explainFault({ reason, cause }, { action, apiUrl, service, source }) {
    const advice = {
        network: `Check that ${service} is up and that the runner can reach it (check ${source}, the runner's firewall, and https_proxy), and then try again.`,
        certificate: `If your proxy inspects TLS, set NODE_EXTRA_CA_CERTS to the path of its certificate (or NODE_USE_SYSTEM_CA to 1 if the runner trusts it). Otherwise, check ${source}.`,
        tls: `Check ${source} and https_proxy.`,
        'proxy-credentials': 'Check the username and password in https_proxy.',
        time: 'Run the job again later.',
        response: `Check ${source}, and check whether a proxy is changing ${service}'s responses.`,
    };
    return `Could not ${action} via ${new URL(apiUrl).host}: ${oneLine(reason)}. ${advice[cause ?? 'network']}`;
}

;// CONCATENATED MODULE: ./build/http/error-responses.js




const KIND = { 401: 'unauthorized', 403: 'forbidden', 404: 'not-found', 429: 'rate-limited' };
const IDS = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/gi;
function responseError(reply, context, diagnosis) {
    if (reply.kind === 'fault')
        return new ActionError(explainFault(reply, context));
    const { status } = reply;
    const known = isSuccess(reply) || [407, 511].includes(status) ? undefined : diagnosis;
    const statusKind = status < 400 ? 'redirect' : (KIND[status] ?? 'other');
    const [cause, advice, kind = statusKind] = known ?? diagnoseOther(reply, context);
    const description = describeResponse(isSuccess(reply) ? { ...reply, json: undefined } : reply, known === undefined);
    return new ActionError(`Could not ${context.action}: ${cause} (${description}). ${advice}`, kind);
}
function diagnoseStatus(service, { status, retryAfterMs }, settings) {
    const failed = `${service} failed to process the request`;
    if (status >= 500 || status === 408)
        return [failed, `Try again ${later(retryAfterMs)}.`];
    if (status === 409)
        return [`${service} reported a conflict with another request`, 'Run the job again.'];
    return [`${service} rejected the request`, `Check ${settings}, and use the latest version of this action.`];
}
function later(ms) {
    if (ms === undefined)
        return 'later';
    const seconds = Math.max(1, Math.ceil(ms / 1000));
    if (seconds < 120)
        return `in ${count(seconds, 'second')}`;
    if (seconds < 120 * 60)
        return `in ${Math.ceil(seconds / 60)} minutes`;
    return seconds > 1000 * 3600 ? 'in more than 1,000 hours' : `in ${Math.ceil(seconds / 3600)} hours`;
}
function describeResponse(response, showSender) {
    const { server, via } = response.headers;
    const sender = showSender && [server && `server: ${server}`, via && `via: ${via}`].filter(Boolean).join(', ');
    const { reason, text = response.text } = errorIn(response);
    const quoted = (quote, max) => `"${printable(quote.replace(IDS, '\u2026'), max)}"`;
    const quotes = [sender && quoted(sender, 80), reason && quoted(reason, 160), text && quoted(text, 160)];
    const request = response.requestId !== undefined && `request ID ${printable(response.requestId, 64)}`;
    return [`HTTP ${response.status}`, ...quotes, request].filter(Boolean).join(', ');
}
function errorIn({ json }) {
    const error = field(json, 'error');
    const ifText = (value) => (typeof value === 'string' ? value : undefined);
    const text = field(error, 'details') ?? field(error, 'message') ?? field(json, 'message');
    return { reason: ifText(field(error, 'reason')), text: ifText(error) ?? ifText(text) };
}
function redirectCause(sender, { headers }) {
    const { host = '' } = parseUrl(headers.location ?? '') ?? {};
    return `${sender} redirected the request${host && ` to ${printable(host, 80)}`}, and the action does not follow redirects`;
}
function diagnoseOther(response, { apiUrl, service, source }) {
    const { status, retryAfterMs } = response;
    const { host } = new URL(apiUrl);
    const when = later(retryAfterMs);
    const advice = `Check ${source}, and check whether a proxy or firewall is responding instead of ${service}.`;
    if (isSuccess(response))
        return [`the response does not match ${service}'s documentation`, advice, 'other'];
    const proxy = 'Set https_proxy to http://user:password@host:port, with the username and password percent-encoded.';
    if (status === 407)
        return ['a proxy requires credentials', proxy];
    if (status === 511)
        return ["the runner's network requires a login", `Give the runner direct access to ${host}.`];
    if (status === 429)
        return [`${host} received too many requests`, `Try again ${when}.`];
    const login = `Check ${source}, and check whether a proxy is redirecting the runner, for example, to a login page.`;
    if (status < 400)
        return [`${redirectCause(host, response)}, to protect the token`, login];
    const failed = `the server at ${host} failed to process the request`;
    const persists = 'If the error persists, check whether a proxy or firewall is blocking the runner.';
    if (status >= 500 || status === 408)
        return [failed, `Try again ${when}. ${persists}`];
    return [`something other than ${service}'s API responded at ${oneLine(apiUrl, 100)}`, advice, 'other'];
}

;// CONCATENATED MODULE: ./build/github/errors-and-rate-limits.js



const OWN_TOKEN = "remove github-token to use the job's own token";
const DEPLOYMENTS = 'deployments: write';
function isFromGitHub({ json, headers }) {
    if (typeof field(json, 'message') !== 'string')
        return false;
    return typeof field(json, 'documentation_url') === 'string' || headers['x-github-request-id'] !== undefined;
}
const SECONDARY_LIMIT_MS = 60_000;
function rateLimitOf(reply) {
    if (reply.kind === 'fault' || (reply.status !== 403 && reply.status !== 429))
        return undefined;
    const { status, headers, retryAfterMs } = reply;
    const { text = '' } = errorIn(reply);
    const isSecondary = /secondary rate limit|abuse detection/i.test(text);
    const isUsedUp = headers['x-ratelimit-remaining'] === '0' && text === '';
    const isLimit = isSecondary || isUsedUp || /rate limit/i.test(text);
    if (status === 403 && retryAfterMs === undefined && !isLimit)
        return undefined;
    const resetMs = rateLimitReset(headers, httpDate(headers.date));
    return { waitMs: retryAfterMs ?? resetMs ?? (isSecondary ? SECONDARY_LIMIT_MS : undefined) };
}
function errorOf(reply, action, target) {
    const context = { action, apiUrl: target.apiUrl, service: 'GitHub', source: 'GITHUB_API_URL' };
    const isGenuine = reply.kind === 'response' && isFromGitHub(reply);
    return responseError(reply, context, isGenuine ? diagnose(reply, target) : undefined);
}
function diagnose(response, target) {
    const { status } = response;
    const { name } = target;
    const { text = '' } = errorIn(response);
    const limit = rateLimitOf(response);
    const fewer = `Try again ${later(limit?.waitMs)}, and run fewer jobs at once.`;
    if (limit)
        return ["GitHub's rate limit for github-token was exceeded", fewer, 'rate-limited'];
    if (status < 400)
        return [`${name} was renamed or moved`, 'Start a new run of the workflow.'];
    if (status === 401)
        return ['github-token is invalid or expired', `Replace it, or ${OWN_TOKEN}.`];
    if (status === 403)
        return diagnoseForbidden(text, target);
    const access = "Add `deployments: write` to the job's `permissions:`, or give github-token access to the repository.";
    if (status === 404)
        return [`the repository ${name} does not exist, or github-token can't access it`, access];
    if (/active deployment/i.test(text))
        return ['GitHub deletes only inactive deployments', 'Run the job again.'];
    const gone = `${name} no longer has this run's commit, for example, after a force push`;
    if (/no (ref|commit) found/i.test(text))
        return [gone, 'Start a new run for an existing commit.'];
    return diagnoseStatus('GitHub', response, 'GITHUB_API_URL');
}
function diagnoseForbidden(text, { name, isFromFork, permission = DEPLOYMENTS }) {
    const sso = `In the token's settings, authorize it for the organization under Configure SSO, or ${OWN_TOKEN}.`;
    if (/SAML enforcement/i.test(text))
        return ['the organization requires SAML single sign-on for github-token', sso];
    const allow = "Use a runner with an allowed address, or add this runner's address to the list.";
    if (/IP allow list/i.test(text))
        return ["the organization's IP allow list excludes this runner", allow];
    if (/archived/i.test(text))
        return [`${name} is archived and read-only`, 'Unarchive it, or do not use names.'];
    const lacks = `github-token lacks the permission \`${permission}\` in ${name}`;
    if (/personal access token/i.test(text))
        return [lacks, `Give the token this permission, or ${OWN_TOKEN}.`];
    const fork = `${lacks}, because runs for pull requests from forks get a read-only token`;
    if (isFromFork)
        return [fork, 'In runs from forks, skip the step or do not use names.'];
    const check = `Check that github-token has the permission \`${permission}\`.`;
    if (!/not accessible by integration/i.test(text))
        return [`GitHub denied access to ${name}`, check];
    const needed = [...new Set([DEPLOYMENTS, permission])].map(each => `\`${each}\``).join(', ');
    const add = `In the job, above \`steps:\`, add \`permissions:\` with ${needed}, plus any permissions that other steps need`;
    return [lacks, `${add} (\`contents: read\` for checkout).`];
}

;// CONCATENATED MODULE: ./build/github/api.js




const PAGE_SIZE = 100;
const PARTS = 10;
const MAX_PAGES = 100;
const CREATION_GRACE_MS = 2_500;
class GitHubApi {
    #connection;
    #repository;
    #backoff;
    constructor(connection, repository, backoff) {
        this.#connection = connection;
        this.#repository = repository;
        this.#backoff = backoff;
    }
    with(backoff) {
        return new GitHubApi(this.#connection, this.#repository, backoff);
    }
    async *deployments(filter, size = PAGE_SIZE, from = 1, to = MAX_PAGES) {
        for (let page = from; page <= to; page++) {
            const query = new URLSearchParams({ ...filter, per_page: `${size}`, ...(page > 1 && { page: `${page}` }) });
            const { reply } = await this.#send('GET', `/deployments?${query}`);
            if (reply.kind === 'fault' && reply.tooLarge && size === PAGE_SIZE) {
                yield* this.deployments(filter, size / PARTS, (page - 1) * PARTS + 1, page * PARTS);
            }
            else if (isSuccess(reply) && Array.isArray(reply.json))
                yield pageOf(reply, reply.json, size);
            else
                throw this.#errorOf(reply, 'list the name records');
        }
    }
    async createDeployment(deployment, action) {
        const { reply, lost } = await this.#send('POST', '/deployments', { body: deployment, graceMs: CREATION_GRACE_MS });
        if (isSuccess(reply) && isDeployment(reply.json))
            return reply.json.id;
        throw new CreationError(this.#errorOf(reply, action), isSuccess(reply) || lost > 0);
    }
    async setStatus(id, status) {
        await this.#expectDone('set the status of the record', 'POST', `/deployments/${id}/statuses`, status);
    }
    async removeDeployment(id) {
        await this.setStatus(id, { state: 'inactive' });
        await this.#expectDone('remove the record', 'DELETE', `/deployments/${id}`);
    }
    async #expectDone(action, method, path, body) {
        const { reply } = await this.#send(method, path, { body });
        if (!isSuccess(reply) && !(isMissing(reply) && isFromGitHub(reply)))
            throw this.#errorOf(reply, action);
    }
    async pullRequest(number) {
        const { reply } = await this.#send('GET', `/pulls/${number}`);
        if (isMissing(reply) && isFromGitHub(reply))
            return undefined;
        if (!isSuccess(reply))
            throw this.#errorOf(reply, `read pull request ${number}`, 'pull-requests: read');
        return { state: field(reply.json, 'state'), closedAt: field(reply.json, 'closed_at'), readAtMs: reply.dateMs };
    }
    async #send(method, path, options = {}) {
        const route = `/repos/${this.#repository.name}${path}`;
        const send = async () => {
            const reply = await this.#connection.exchange(method, route, { ...options, backoff: this.#backoff });
            const attempt = attemptOf(reply, isFromGitHub);
            const retryAfterMs = rateLimitOf(reply)?.waitMs;
            return retryAfterMs === undefined ? attempt : { ...attempt, classification: 'rate-limited', retryAfterMs };
        };
        return await retry(send, this.#backoff);
    }
    #errorOf(reply, action, permission) {
        if (this.#backoff.signal.aborted)
            return new ActionError(`Could not ${action}. ${STOPPED}`);
        return errorOf(reply, action, { ...this.#repository, permission });
    }
}
const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
function isDeployment(value) {
    const id = field(value, 'id');
    return Number.isSafeInteger(id) && Number(id) > 0;
}
function pageOf(response, list, size) {
    const hasNext = /;\s*rel="?next\b/.test(response.headers.link ?? '');
    const isLast = list.length === 0 || (!hasNext && list.length < size);
    return { deployments: list.filter(isDeployment), dateMs: response.dateMs, isLast };
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = onFirstUse(() => require("node:fs"));
;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = onFirstUse(() => require("node:http"));
;// CONCATENATED MODULE: external "node:https"
const external_node_https_namespaceObject = onFirstUse(() => require("node:https"));
;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = onFirstUse(() => require("node:net"));
;// CONCATENATED MODULE: ./build/node_modules/@actions/http-client/lib/proxy.js
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
;// CONCATENATED MODULE: external "node:tls"
const external_node_tls_namespaceObject = onFirstUse(() => require("node:tls"));
;// CONCATENATED MODULE: ./build/http/early-connection.js


const CONNECT_OPTIONS = { autoSelectFamilyAttemptTimeout: 3_000 };
class EarlyConnection {
    #origin;
    #socket;
    constructor({ origin, hostname, port }) {
        const servername = isIP(hostname) === 0 ? hostname : '';
        this.#origin = origin;
        this.#socket = connect({ host: hostname, port: Number(port || 443), servername, ...CONNECT_OPTIONS });
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

;// CONCATENATED MODULE: ./build/http/proxy.js







function proxyFor(server) {
    const { env } = process;
    const name = env.https_proxy ? 'https_proxy' : 'HTTPS_PROXY';
    const value = env[name];
    if (server.protocol !== 'https:' || !value || checkBypass(server))
        return undefined;
    const url = parseUrl(value.includes('://') ? value : `http://${value}`);
    const isProxy = url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search + url.hash === '';
    if (isProxy && reply_unlessItThrows(() => decodeURIComponent(url.username + url.password)) !== undefined)
        return url;
    const invalid = 'not a valid HTTP or HTTPS URL (in usernames and passwords, write # as %23, / as %2F, ? as %3F, and % as %25)';
    const problem = /^socks\w*:\/\//i.test(value) ? "a SOCKS proxy, which this action can't use" : invalid;
    throw new ActionError(`${name} is ${problem}. Set it to http://host:port, or unset it.`);
}
function isLoopback(hostname) {
    return hostname === 'localhost' || hostname === '[::1]' || ((0,(external_node_net_namespaceObject()).isIP)(hostname) === 4 && hostname.startsWith('127.'));
}
function baseUrlOf({ protocol, hostname, origin, pathname }) {
    const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
    return isSafe ? (origin + pathname).replace(/\/+$/, '') : undefined;
}
function openTunnel(proxy, authority, onSocket) {
    const { protocol, hostname, username, password } = proxy;
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const credentials = user !== ':' && { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
    const options = {
        ...CONNECT_OPTIONS,
        method: 'CONNECT',
        path: authority,
        headers: { host: authority, ...credentials },
        agent: false,
        auth: null,
        servername: (0,(external_node_net_namespaceObject()).isIP)(hostname.replace(/^\[(.*)\]$/, '$1')) === 0 ? hostname : '',
    };
    return new Promise((resolve, reject) => {
        const request = (protocol === 'https:' ? (external_node_https_namespaceObject()).request : (external_node_http_namespaceObject()).request)(proxy, options);
        request.once('socket', onSocket);
        request.once('error', (error) => {
            for (const each of error.errors ?? [error])
                each.message = `could not reach the proxy: ${each.message}`;
            reject(error);
        });
        request.once('close', () => reject(new Error('the proxy closed the connection without a response')));
        request.once('connect', ({ statusCode }, socket, head) => {
            if (statusCode === 200 && head.length === 0)
                return resolve(socket);
            socket.destroy();
            const cause = statusCode === 407 ? 'proxy-credentials' : undefined;
            reject(new Error(`the proxy responded with HTTP ${statusCode} and did not open a tunnel`, { cause }));
        });
        request.end();
    });
}

;// CONCATENATED MODULE: ./build/github/repository.js




function readRepository(env) {
    const { id, isFromFork } = readRun(env);
    const apiUrl = parseUrl(env.GITHUB_API_URL || 'https://api.github.com');
    return {
        name: requireVariable('GITHUB_REPOSITORY', /^[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.exec(env.GITHUB_REPOSITORY ?? '')?.[0]),
        id: requireVariable('GITHUB_REPOSITORY_ID', /^\d{1,20}$/.exec(id)?.[0]),
        apiUrl: requireVariable('GITHUB_API_URL (which must use HTTPS)', apiUrl && baseUrlOf(apiUrl)),
        sha: /^[\da-f]{40,64}$/i.exec(env.GITHUB_SHA ?? '')?.[0] ?? '',
        isFromFork,
    };
}
function requireVariable(variable, value) {
    if (value)
        return value;
    const advice = 'Run the step in a GitHub Actions workflow, or do not use names.';
    throw new ActionError(`Could not access the name records: ${variable} is missing or invalid. ${advice}`);
}
function readEvent(env) {
    return reply_unlessItThrows(() => JSON.parse((0,(external_node_fs_namespaceObject()).readFileSync)(env.GITHUB_EVENT_PATH ?? '', 'utf8')));
}
function readRun(env) {
    const event = readEvent(env);
    const id = env.GITHUB_REPOSITORY_ID || String(field(field(event, 'repository'), 'id') ?? '');
    const pullRequest = env.GITHUB_EVENT_NAME === 'pull_request_target' ? undefined : field(event, 'pull_request');
    const head = field(field(field(pullRequest, 'head'), 'repo'), 'id');
    return { id, isFromFork: pullRequest !== undefined && String(head) !== id };
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = onFirstUse(() => require("node:crypto"));
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
function types_isId(value) {
    return typeof value === 'string' && ID.test(value) && !JWT.test(value);
}
const types_isOrigin = (value) => typeof value === 'string' && ORIGIN.test(value);

;// CONCATENATED MODULE: ./build/names/record-format.js



function pullRequestIn(name, pattern) {
    const [before = '', after = ''] = pattern.split('*');
    const number = name.slice(before.length, name.length - after.length);
    return /^[1-9]\d*$/.test(number) && before + number + after === name ? number : undefined;
}
function isName(value) {
    return /^[\w./-]{1,64}$/.test(value);
}
const ENVIRONMENT = 'pinata-gateway-keys';
const TASK_PREFIX = 'pinata-gateway-key:';
const SCHEMA = 1;
function expiryOf({ expiresAtMs }) {
    return Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null;
}
function draftRecord(named, control, { gatewayId, repository }) {
    const { kind } = control;
    const subject = kind === 'key' ? { keyId: control.subject } : { origin: control.subject };
    const fields = { schema: SCHEMA, kind, name: named.name, gatewayId, ...subject, expiresAt: expiryOf(named) };
    return {
        environment: ENVIRONMENT,
        task: TASK_PREFIX + named.name,
        description: kind === 'key' ? 'A Pinata gateway key' : 'A web origin on a Pinata gateway',
        transient_environment: true,
        production_environment: false,
        required_contexts: [],
        auto_merge: false,
        payload: { ...fields, proof: proofOf([...Object.values(fields), repository.id], control) },
    };
}
function proofOf(fields, { secret }) {
    return secret && (0,(external_node_crypto_namespaceObject()).createHmac)('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url');
}
const textOf = (value) => (typeof value === 'string' ? value : '');
function parseRecord(deployment) {
    const { id, environment, task, payload, created_at: createdAt } = deployment;
    const content = typeof payload === 'string' ? parseJson(payload) : payload;
    const claimed = (content ?? {});
    const { schema, keyId, origin, gatewayId, expiresAt, proof } = claimed;
    const name = textOf(task).slice(TASK_PREFIX.length);
    const kind = types_isId(keyId) ? 'key' : 'origin';
    const subject = textOf(kind === 'key' ? keyId : origin);
    const expiresAtMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(textOf(expiresAt));
    const createdAtMs = Date.parse(textOf(createdAt)) || Number.POSITIVE_INFINITY;
    const isRecord = environment === ENVIRONMENT && task === TASK_PREFIX + name && schema === SCHEMA;
    const isValid = isName(name) && (kind === 'key' || types_isOrigin(subject)) && !Number.isNaN(expiresAtMs);
    if (!isRecord || !isValid)
        return undefined;
    const consistentProof = claimed.kind === kind && claimed.name === name ? textOf(proof) : '';
    return { deploymentId: id, kind, name, subject, expiresAtMs, createdAtMs, gatewayId, proof: consistentProof };
}

;// CONCATENATED MODULE: ./build/inputs/rejected-value.js

const GITHUB_TOKEN = /^(gh[a-z]|github_pat)_\w{16}/;
const MISTAKES = [
    [/^$/, 'empty, perhaps because a variable or an output was not set'],
    [/\*\*\*/, 'a masked value'],
    [/\$[\w{(]|\{\{/, 'an expression that was not evaluated'],
    [/^\[object |^(Object|Array)$/, 'an object or a list'],
    [/^([[{]|- )/, 'JSON or YAML'],
    [/^(https?:\/\/)?(null|undefined|NaN)(?=[./:]|$)/i, 'an unset value converted to text'],
    [/^(true|false)$/i, 'a boolean'],
    [/^["'`]|["'`]$/, 'in quotation marks'],
    [/[\r\n]/, 'longer than one line'],
    [GITHUB_TOKEN, 'a GitHub token'],
];
const KEY_LIKE = /(?=[\w+=~-]{0,63}\d)(?=[\w+=~-]{0,63}[a-z])(?=[\w+=~-]{0,63}[A-Z])[\w+=~-]{64}/;
const MAY_BE_SECRET = [
    /eyJ[\w-]{6}|\b(gh[a-z]|github_pat)_\w{16}/,
    /[\dA-Fa-f]{64}/,
    KEY_LIKE,
    /^([^:]*:[^@?#]*[@?#]|\/*[^/]+@)|[?#][^?#]*=/,
];
function mistakeIn(value) {
    return MISTAKES.find(([pattern]) => pattern.test(value))?.[1];
}
function shown(value) {
    if (MAY_BE_SECRET.some(pattern => pattern.test(value)))
        return '(not shown, because it may contain a secret)';
    const code = /[^\x20-\x7e]/u.exec(value)?.[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    const note = mistakeIn(value) ?? (code && `with the character U+${code}`);
    return `"${oneLine(value, 80)}"${note ? ` (${note})` : ''}`;
}

;// CONCATENATED MODULE: ./build/inputs/name.js



const CHARACTERS = 'letters (a-z and A-Z), digits, dots, underscores, slashes, and hyphens';
function parseName(value) {
    if (isName(value) && !KEY_LIKE.test(value) && mistakeIn(value) === undefined)
        return value;
    const advice = isName(value) ? 'Use another name.' : `Use 1 to 64 of these characters: ${CHARACTERS}.`;
    throw new ActionError(`name ${shown(value)} is invalid. ${advice}`);
}
function parseNamePattern(value) {
    if (/^([^*]*[^*\d])?\*([^*\d][^*]*)?$/.test(value) && isName(value.replace('*', '1')))
        return value;
    const advice = `Use ${CHARACTERS}, and one * (not next to a digit) for the pull request's number, as in pr-*.`;
    throw new ActionError(`closed ${shown(value)} is not a valid name pattern. ${advice}`);
}
function nameWarning(name) {
    if (!/^[/-]|[./_-](null|NaN)?$|(^|[./_-])undefined([./_-]|$)/.test(name))
        return undefined;
    return `The name ${name} looks incomplete: an expression in it may be empty (for example, \`github.event.number\` if the run is not for a pull request). Check the name input.`;
}

;// CONCATENATED MODULE: ./build/names/expiry-and-renewal.js
const SWEEP_AFTER_MS = 3_600_000;
const OLD_RECORD_MS = 3_600_000;
const REUSE_AFTER_EXPIRY_MS = 30 * 60_000;
function isReusable({ kind, expiresAtMs }, nowMs) {
    return expiresAtMs + (kind === 'origin' ? REUSE_AFTER_EXPIRY_MS : 0) > nowMs;
}
function renewedExpiry(expiresAtMs, nowMs, periodMs) {
    const leftMs = expiresAtMs - nowMs;
    return leftMs <= 0 || (Number.isFinite(periodMs) && leftMs < periodMs / 2) ? nowMs + periodMs : undefined;
}
function latestExpiry(records) {
    return Math.max(...records.map(({ expiresAtMs }) => expiresAtMs));
}
function groupBy(items, keyOf) {
    const groups = new Map(items.map(item => [keyOf(item), []]));
    for (const item of items)
        groups.get(keyOf(item))?.push(item);
    return groups;
}

;// CONCATENATED MODULE: ./build/names/check-proofs.js


function checkProofs(records, controls, scope) {
    const bySubject = groupBy(controls, control => `${control.kind} ${control.subject}`);
    const [proven, unlisted, unproven] = [[], [], []];
    for (const record of records) {
        const candidates = bySubject.get(`${record.kind} ${record.subject}`) ?? [];
        const control = candidates.find(each => record.proof === draftRecord(record, each, scope).payload.proof);
        if (control !== undefined)
            proven.push({ ...record, control });
        else if (record.proof !== '' && (candidates.length === 0 || record.kind === 'origin'))
            unlisted.push(record);
        else
            unproven.push(record);
    }
    return { proven, unlisted, unproven };
}

;// CONCATENATED MODULE: ./build/names/records.js





const MAX_WARNINGS = 4;
const MAX_READINGS = 4;
class NameRecords {
    github;
    #scope;
    #log;
    #failedRemovals = 0;
    constructor(github, scope, log) {
        this.github = github;
        this.#scope = scope;
        this.#log = log;
    }
    with(backoff) {
        return new NameRecords(this.github.with(backoff), this.#scope, this.#log);
    }
    async find(name, proof) {
        let before;
        for (let reading = 1;; reading++) {
            const { list, ids, pages } = await this.#read(name, proof);
            if (!name || pages === 1 || list.hasProof || before?.every(id => ids.has(id)))
                return list;
            if (reading === MAX_READINGS)
                return { ...list, isComplete: false };
            before = [...ids];
        }
    }
    async #read(name, proof) {
        const list = { name, records: [], isComplete: false, hasProof: false, hasOtherGateways: false };
        const ids = new Set();
        let pages = 0;
        const filter = { environment: ENVIRONMENT, ...(name && { task: TASK_PREFIX + name }) };
        for await (const { deployments, dateMs, isLast } of this.github.deployments(filter)) {
            pages++;
            list.isComplete = isLast;
            list.readAtMs ??= dateMs;
            for (const deployment of deployments) {
                const record = ids.has(deployment.id) ? undefined : parseRecord(deployment);
                ids.add(deployment.id);
                if (record === undefined || (name !== undefined && record.name !== name))
                    continue;
                const isOurs = record.gatewayId === this.#scope.gatewayId;
                if (isOurs)
                    list.records.push(record);
                list.hasOtherGateways ||= !isOurs;
                list.hasProof ||= isOurs && record.proof === proof;
            }
            if (isLast || list.hasProof)
                break;
        }
        return { list, ids, pages };
    }
    draft(named, control) {
        return { ...draftRecord(named, control, this.#scope), ref: this.requireSha() };
    }
    requireSha() {
        return requireVariable('GITHUB_SHA', this.#scope.repository.sha);
    }
    async create(draft, action = 'record the name') {
        return await this.github.createDeployment(draft, action);
    }
    async remove(records) {
        for (const [index, { deploymentId, name, kind, subject }] of records.entries()) {
            const error = await resultOf(this.github.removeDeployment(deploymentId));
            if (error instanceof ActionError) {
                const more = index + 1 < records.length ? ` and ${count(records.length - index - 1, 'more record')}` : '';
                const what = `${kind} ${subject} (deployment ${deploymentId} in environment ${ENVIRONMENT})${more}`;
                const report = this.#failedRemovals++ < MAX_WARNINGS ? this.#log.warning : this.#log.info;
                report(`Could not remove the record of ${what}. A later run of the revoke action will retry. ${error.message}`);
                return error;
            }
            this.#log.debug(`Removed deployment ${deploymentId}, which recorded ${kind} ${subject} under the name ${name}.`);
        }
        return undefined;
    }
    partition(records, controls) {
        return checkProofs(records, controls, this.#scope);
    }
    warnOfUnproven(records) {
        if (records.length === 0)
            return;
        const list = records.map(each => `${each.deploymentId} (${each.kind} ${each.subject}, name ${each.name})`);
        this.#log.warning(`Ignored these deployments in environment ${ENVIRONMENT}: ${listOf(list)}. This action did not create them for these keys or origins. If you don't need the deployments, delete them.`);
    }
}

;// CONCATENATED MODULE: ./build/secret.js
class secret_Secret {
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

;// CONCATENATED MODULE: ./build/pinata/errors.js




function isFromPinata(response) {
    const isJson = typeof response.json === 'object' && response.json !== null;
    return hasPinataError(response) || ((isJson || response.status === 429) && response.requestId !== undefined);
}
function hasPinataError({ json, requestId }) {
    const error = field(json, 'error');
    const isCoded = typeof field(error, 'code') === 'number' && typeof field(error, 'message') === 'string';
    return isCoded || typeof field(error, 'reason') === 'string' || Boolean(error && requestId);
}
function errors_errorOf(reply, purpose, access) {
    const { apiUrl } = access;
    const isResponse = reply.kind === 'response';
    const source = isResponse && apiUrl !== DEFAULT_API_URL ? `api-url (default: ${DEFAULT_API_URL})` : 'api-url';
    const diagnosis = isResponse && hasPinataError(reply) ? errors_diagnose(reply, purpose, access) : undefined;
    return responseError(reply, { action: purpose.action, apiUrl, service: 'Pinata', source }, diagnosis);
}
const NEW_JWT = 'Create an API key in Pinata with the org:gateways:write scope, and save its JWT in the secret that pinata-jwt uses.';
const OWNER = "belongs to the gateway's account";
function errors_diagnose(response, purpose, { apiUrl, jwt }) {
    const { status, retryAfterMs } = response;
    const { gateway, kind } = purpose;
    if (status < 400)
        return undefined;
    const problem = problemOfJwt(response, jwt);
    if (problem !== undefined)
        return [problem, NEW_JWT];
    const plan = `Check that the account's plan includes gateway access controls, and that pinata-jwt ${OWNER}.`;
    if (status === 402 || status === 403)
        return ['Pinata denied access without reporting a missing scope', plan];
    const custom = apiUrl === DEFAULT_API_URL ? '' : ` (current: ${oneLine(apiUrl, 100)}; default: ${DEFAULT_API_URL})`;
    if (status === 404 && gateway !== undefined) {
        const id = oneLine(gateway, 80);
        const isUuid = /^[\da-f-]{36}$/i.test(gateway);
        const domain = isUuid ? '' : ` If gateway-id is a subdomain, use ${id}.mypinata.cloud.`;
        const address = custom && ` and api-url${custom}`;
        const advice = `Check gateway-id${address}, and check that the JWT ${OWNER}.${domain}`;
        return [`pinata-jwt's account has no gateway "${id}"`, advice];
    }
    const check = kind ? 'Check the gateway in Pinata.' : 'Run the job again.';
    if (status === 404)
        return [`Pinata did not find the ${kind ?? 'resource'}`, custom ? `Check api-url${custom}.` : check];
    const fewer = "run fewer jobs at once because they share the account's limit";
    if (status === 429)
        return ["Pinata's rate limit was exceeded", `Try again ${later(retryAfterMs)}, and ${fewer}.`];
    const inputs = gateway === undefined ? '' : `${kind === 'origin' ? 'origin, gateway-id,' : 'gateway-id'} and `;
    return diagnoseStatus('Pinata', response, `${inputs}api-url${custom}`);
}
function problemOfJwt(response, jwt) {
    const { status } = response;
    const { reason, text = '' } = errorIn(response);
    if (status === 403 && reason === 'API_KEY_REVOKED')
        return "pinata-jwt's API key was revoked";
    if (status === 403 && reason === 'NO_SCOPES_FOUND')
        return "pinata-jwt's API key lacks the org:gateways:write scope";
    if (status !== 401)
        return undefined;
    const malformed = 'pinata-jwt is not a complete JWT, which has three parts separated by dots and starts with eyJ';
    if (!JWT.test(jwt.reveal()))
        return malformed;
    const isLegacy = text.includes('no Authorization header');
    const legacy = "pinata-jwt's API key probably has legacy scopes, or a proxy removed the Authorization header";
    return isLegacy ? legacy : 'pinata-jwt is invalid or expired, or its API key was deleted';
}

;// CONCATENATED MODULE: ./build/pinata/gateway-lookup.js

const gateway_lookup_PAGE_SIZE = 100;
const gateway_lookup_MAX_PAGES = 1000;
async function lookUpGateway(domain, readPage) {
    const seen = new Set();
    const search = async (page) => {
        const rows = await readPage(page);
        for (const { id } of rows)
            if (seen.size < gateway_lookup_MAX_PAGES * gateway_lookup_PAGE_SIZE)
                seen.add(id);
        return rows.find(({ domains }) => domains.includes(domain))?.id;
    };
    for (let page = 1; page <= gateway_lookup_MAX_PAGES; page++) {
        const before = seen.size;
        const id = await search(page);
        if (id !== undefined)
            return id;
        if (seen.size === before)
            break;
    }
    const id = await search(0).catch(() => undefined);
    if (id !== undefined)
        return id;
    const none = `No gateway in pinata-jwt's account has the domain "${domain}" (gateways checked: ${seen.size}).`;
    throw new ActionError(`${none} Check gateway-id, and check that the JWT belongs to the gateway's account.`);
}

;// CONCATENATED MODULE: ./build/pinata/parse.js



function gatewayUrl(domain) {
    const isLabel = typeof domain === 'string' && /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(domain);
    return isLabel ? `https://${domain.toLowerCase()}.mypinata.cloud` : '';
}
function parseGateway(response) {
    const data = field(response.json, 'data');
    const policies = field(field(data, 'settings'), 'restriction_policies');
    const keys = parseEntries(field(policies, 'accessTokens'), parseKey);
    const hosts = parseEntries(field(policies, 'allowedHosts'), each => each);
    const addresses = parseEntries(field(policies, 'allowedIPAddresses'), each => each);
    if (keys === undefined || hosts === undefined || addresses === undefined)
        return undefined;
    const origins = hosts.map(parseHostOrigin).filter(each => each !== undefined);
    const controlCount = keys.length + hosts.length + addresses.length;
    return { url: gatewayUrl(field(data, 'domain')), keys, origins, controlCount, readAtMs: response.dateMs };
}
function parseEntries(value, parse) {
    if (value === null)
        return [];
    const entries = Array.isArray(value) ? value.map(parse) : [undefined];
    return entries.every(entry => entry !== undefined) ? entries : undefined;
}
function parseKey(entry) {
    const { id, value, createdAt } = partsOf(entry);
    if (!types_isId(id) || id === value)
        return undefined;
    const isUsable = typeof value === 'string' && /^[\x21-\x7e]{4,4096}$/.test(value);
    return { kind: 'key', subject: id, secret: isUsable ? new secret_Secret(value) : undefined, createdAt };
}
function parseHostOrigin(entry) {
    const { id, value, createdAt } = partsOf(entry);
    if (!types_isId(id) || typeof value !== 'string')
        return undefined;
    return { kind: 'origin', subject: value, secret: new secret_Secret(id), createdAt };
}
function partsOf(entry) {
    const [id, value, time] = ['id', 'value', 'createdAt'].map(name => field(entry, name));
    const isTime = typeof time === 'string' && /^2\d{3}(-\d\d){2}T\d\d(:\d\d){2}(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(time);
    return { id, value, createdAt: isTime ? time : '' };
}
function parseRows({ json }) {
    return parseEntries(field(field(json, 'data'), 'rows'), row => {
        const id = field(row, 'id');
        const own = gatewayUrl(field(row, 'domain')).slice('https://'.length);
        const custom = parseEntries(field(row, 'custom_domains'), each => each) ?? [];
        const domains = [own, ...custom.map(each => field(each, 'domain'))].filter(each => typeof each === 'string');
        return types_isId(id) ? { id, domains: domains.map(each => each.toLowerCase()) } : undefined;
    });
}

;// CONCATENATED MODULE: ./build/pinata/revocation-check.js


const LIST_LAG_MS = 60_000;
function isYoung({ createdAt }, dateMs = Number.NaN) {
    if (createdAt === undefined)
        return false;
    const ageMs = dateMs - Date.parse(createdAt);
    return Number.isNaN(ageMs) || ageMs <= LIST_LAG_MS;
}
async function whyNotGone(control, readGateway) {
    const { kind } = control;
    const id = idOf(control).toLowerCase();
    const isIn = (gateway) => controlsOf(gateway).some(each => idOf(each).toLowerCase() === id);
    const gateway = await resultOf(readGateway().then(first => (isIn(first) ? first : readGateway())));
    const isError = gateway instanceof ActionError;
    if (isError && gateway.kind === 'not-found')
        throw gateway;
    if (isError)
        return `Could not check whether the ${kind} is gone. ${gateway.message}`;
    if (isIn(gateway))
        return `The gateway still lists the ${kind}.`;
    const tooNew = `The gateway does not list the ${kind}, but Pinata's list may be up to a minute behind. Check again in a minute.`;
    return isYoung(control, gateway.readAtMs) ? tooNew : undefined;
}

;// CONCATENATED MODULE: ./build/pinata/api.js










const MAX_MASKED = 4096;
const api_CREATION_GRACE_MS = 4_000;
const DELETION_GRACE_MS = 500;
const MAX_LOST = 2;
const DELETION_TRIES = 3;
const REPLICATION_MS = 1_000;
class PinataApi {
    #shared;
    #backoff;
    constructor(shared, backoff) {
        this.#shared = shared;
        this.#backoff = backoff;
    }
    with(backoff) {
        return new PinataApi(this.#shared, backoff);
    }
    get dateMs() {
        return this.#shared.dateMs;
    }
    async resolve(gateway) {
        if ('id' in gateway)
            return { id: gateway.id, url: '' };
        const id = await lookUpGateway(gateway.domain, page => this.#read(`/gateways?pageSize=${gateway_lookup_PAGE_SIZE}&page=${page}`, { action: 'list the gateways' }, parseRows));
        return { id, url: `https://${gateway.domain}` };
    }
    async gateway(id, maxTries) {
        const purpose = { action: 'read the gateway', gateway: id };
        const gateway = await this.#read(pathOf(id), purpose, parseGateway, maxTries);
        for (const { secret } of gateway.origins)
            if (secret)
                this.#shared.mask(secret);
        return gateway;
    }
    async #read(path, purpose, parse, maxTries) {
        const send = async () => {
            const attempt = await this.#send('GET', path);
            const mayAppear = isMissing(attempt.reply) && attempt.reply.afterSuccess;
            return mayAppear ? { ...attempt, classification: 'transient' } : attempt;
        };
        const { reply } = await retry(send, this.#backoff, { maxTries });
        const content = isSuccess(reply) ? parse(reply) : undefined;
        if (content === undefined)
            throw this.#errorOf(reply, purpose);
        return content;
    }
    async create(id, spec, afterLostResponse) {
        const options = { body: spec.kind === 'key' ? undefined : { host: spec.value }, graceMs: api_CREATION_GRACE_MS };
        let creation;
        const send = async () => {
            const startedAt = systemClock.elapsed();
            const attempt = await this.#send('POST', pathOf(id, LABELS[spec.kind].route), options);
            if (isSuccess(attempt.reply))
                creation = this.#readCreation(attempt.reply, spec, startedAt);
            if (creation || !attempt.mayHaveTakenEffect)
                return attempt;
            if (!(await afterLostResponse()))
                return { ...attempt, classification: 'permanent' };
            if (!isSuccess(attempt.reply))
                return attempt;
            return { ...attempt, classification: 'transient', reason: 'a response without an access control' };
        };
        const { reply, lost } = await retry(send, this.#backoff, { maxLost: MAX_LOST, minLeftMs: REQUEST_TIMEOUT_MS });
        if (creation)
            return creation;
        const error = this.#errorOf(reply, { action: creationOf(spec), gateway: id, kind: spec.kind });
        throw new CreationError(error, lost > 0);
    }
    #readCreation({ json, dateMs }, spec, startedAt) {
        const data = field(json, 'data');
        const control = spec.kind === 'key' ? parseKey(data) : parseHostOrigin(data);
        if (control === undefined)
            return undefined;
        const secret = field(data, spec.kind === 'key' ? 'value' : 'id');
        if (typeof secret === 'string' && secret.length <= MAX_MASKED)
            this.#shared.mask(new secret_Secret(secret));
        const sentAtMs = dateMs === undefined ? (this.dateMs ?? Number.NaN) : dateMs - (systemClock.elapsed() - startedAt);
        const isOlderThanRequest = spec.kind === 'origin' && Date.parse(control.createdAt) < sentAtMs;
        const subject = spec.kind === 'key' ? control.subject : spec.value;
        return { control: { ...control, subject }, isAsRequested: subject === control.subject, isOlderThanRequest };
    }
    async remove(id, control) {
        if (control.kind === 'origin' && control.secret)
            this.#shared.mask(control.secret);
        const path = pathOf(id, LABELS[control.kind].route, idOf(control));
        const wasListed = control.createdAt !== undefined;
        let missing = 0;
        const send = async () => {
            const attempt = await this.#send('DELETE', path, { graceMs: DELETION_GRACE_MS });
            if (isMissing(attempt.reply))
                missing++;
            const mayAppear = isMissing(attempt.reply) && missing < DELETION_TRIES && isYoung(control, this.dateMs);
            return mayAppear ? { ...attempt, classification: 'rate-limited', retryAfterMs: REPLICATION_MS } : attempt;
        };
        const { reply, lost } = await retry(send, this.#backoff);
        const isDocumented = isSuccess(reply) && reply.status === 200 && field(reply.json, 'data') === null;
        if (isDocumented && field(reply.json, 'error') === undefined)
            return 'revoked';
        const action = `${LABELS[control.kind].revoke} ${control.kind} ${control.subject}`;
        const error = this.#errorOf(reply, { action, kind: control.kind });
        const isResponseLost = lost > 0 || reply.kind === 'fault';
        const isFinal = isResponseLost ? !wasListed && !isMissing(reply) : isRefusal(error);
        if (isFinal || this.#backoff.signal.aborted)
            throw error;
        const problem = await whyNotGone(control, () => this.gateway(id, DELETION_TRIES));
        if (problem !== undefined)
            throw new ActionError(`${error.message} ${problem}`);
        if (!wasListed)
            return lost > 0 ? 'in doubt' : 'not listed';
        return lost > 0 || isSuccess(reply) ? 'revoked' : 'not listed';
    }
    async #send(method, path, options = {}) {
        const reply = await this.#shared.connection.exchange(method, path, { ...options, backoff: this.#backoff });
        if (reply.kind === 'response')
            this.#shared.dateMs = reply.dateMs ?? this.dateMs;
        return attemptOf(reply, method === 'POST' ? isFromPinata : undefined);
    }
    #errorOf(reply, purpose) {
        const error = errors_errorOf(reply, purpose, this.#shared.credentials);
        return this.#backoff.signal.aborted ? new ActionError(`Could not ${purpose.action}. ${STOPPED}`, error.kind) : error;
    }
}
function pathOf(...parts) {
    return `/gateways/${parts.map(encodeURIComponent).join('/')}`;
}

;// CONCATENATED MODULE: ./build/step/time-limits.js

const STEP_LIMIT_MS = 15 * 60_000;
const EXTRA_LIMIT_MS = 3_000;
const CLEANUP_LIMIT_MS = 90_000;
function graceSignalsOf(stopped) {
    const after = (ms) => {
        const grace = new AbortController();
        stopped.addEventListener('abort', () => setTimeout(() => grace.abort(), ms).unref(), { once: true });
        return grace.signal;
    };
    return { lookupEnded: after(4_000), graceEnded: after(6_000) };
}
function backoffFor(server, deadline, step, signal = step.stopped) {
    return { deadline, signal, report: message => step.log.info(`${server}: ${message}`) };
}
function cleanupBackoff(step, server = 'Pinata', signal = step.graceEnded) {
    return backoffFor(server, new Deadline(step.clock, CLEANUP_LIMIT_MS), step, signal);
}

;// CONCATENATED MODULE: ./build/step/step.js







async function openClients(inputs, step) {
    const naming = 'selector' in inputs ? inputs.selector : inputs.naming;
    const names = naming && 'name' in naming ? [naming.name] : (naming?.names ?? []);
    for (const warning of names.map(nameWarning))
        if (warning)
            step.log.warning(warning);
    const deadline = new Deadline(step.clock, STEP_LIMIT_MS);
    const pinata = openPinata(inputs, backoffFor('Pinata', deadline, step), step);
    const address = await pinata.resolve(inputs.gateway);
    const records = naming?.token && openRecords(naming.token, address.id, backoffFor('GitHub', deadline, step), step);
    return { step, deadline, pinata, address, records };
}
function openPinata(credentials, backoff, step) {
    const connection = step.connect(credentials.apiUrl, { token: credentials.jwt });
    return new PinataApi({ connection, credentials, mask: secret => step.masks.add(secret.reveal()) }, backoff);
}
function openRecords(token, gatewayId, backoff, step) {
    const repository = readRepository(step.env);
    const connection = step.connect(repository.apiUrl, { token, label: 'GitHub: ', headers: HEADERS });
    return new NameRecords(new GitHubApi(connection, repository, backoff), { repository, gatewayId }, step.log);
}

;// CONCATENATED MODULE: ./build/lost/snapshot.js


const MAX_PRINTS = 1200;
function snapshotOf(controls) {
    const newest = newestFirst(controls).slice(0, MAX_PRINTS);
    const oldest = controls.length > MAX_PRINTS ? newest.at(-1) : undefined;
    return { prints: newest.map(fingerprint).join(''), since: oldest?.createdAt ?? '' };
}
function newSince({ prints, since }, controls) {
    const known = new Set(prints.match(/.{8}/g));
    const from = since ? comparable(since) : '';
    return newestFirst(controls.filter(each => comparable(each.createdAt) >= from && !known.has(fingerprint(each))));
}
function fingerprint(control) {
    return (0,(external_node_crypto_namespaceObject()).createHash)('sha256').update(idOf(control)).digest('base64url').slice(0, 8);
}
function newestFirst(controls) {
    const timed = controls.map(control => ({ control, time: comparable(control.createdAt) }));
    return timed.sort((a, b) => Number(a.time < b.time) - Number(a.time > b.time)).map(({ control }) => control);
}
function comparable(time) {
    const ms = Date.parse(time);
    if (Number.isNaN(ms))
        return 'unknown';
    const [, fraction = ''] = /\.(\d+)/.exec(time) ?? [];
    return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}`;
}

;// CONCATENATED MODULE: ./build/lost/report-unclaimed.js





const MAX_IDS = 20 * MAX_LISTED;
const CLOCK_MARGIN_MS = 10 * 60_000;
async function reportUnclaimed(pinata, creation, { clock, log }) {
    const { gateway, wanted, before, startedAtMs } = creation;
    const current = await resultOf(pinata.gateway(gateway.id));
    if (current instanceof ActionError) {
        log.warning(uncheckedSentence(creation, ` ${current.message}`));
        return [];
    }
    const beganAtMs = (current.readAtMs ?? Number.NaN) - Math.max(0, clock.now() - startedAtMs) - CLOCK_MARGIN_MS;
    const since = Number.isNaN(beganAtMs) ? '' : new Date(beganAtMs).toISOString();
    const found = newSince(before ?? { prints: '', since }, controlsOf(current)).filter(each => isMatch(wanted, each));
    const { title, revoke, created } = LABELS[wanted.kind];
    const ids = [...new Set(found.map(({ subject }) => subject))];
    const candidates = `${title}s ${since ? `${created} around that time or later` : 'on the gateway, newest first'}`;
    const what = before ? 'New on the gateway' : `${candidates} (the gateway could not be read earlier)`;
    const finding = found.length === 0
        ? `The gateway lists no new ${wanted.kind}s, apart from any mentioned in other warnings. If a new ${wanted.kind} appears in Pinata later and nothing uses it, ${revoke} it.`
        : `${what}: ${listOf(ids, ' (see the log)')}. If nothing uses a new ${wanted.kind} ${created} around that time, ${revoke} it with the revoke action or in Pinata.`;
    log.warning(`${lostSentence(creation)} ${finding}`);
    for (let start = MAX_LISTED; start < Math.min(ids.length, MAX_IDS); start += MAX_LISTED) {
        log.info(`Also on the gateway: ${ids.slice(start, start + MAX_LISTED).join(', ')}.`);
    }
    if (ids.length > MAX_IDS)
        log.info(`The log omits ${count(ids.length - MAX_IDS, `more ${wanted.kind}`)}.`);
    if (found.length > 0)
        creation.before = snapshotOf(controlsOf(current));
    return found;
}
function uncheckedSentence(creation, why) {
    const { kind } = creation.wanted;
    const { created, revoke } = LABELS[kind];
    return `${lostSentence(creation)} The gateway was not checked.${why} In Pinata, look for a new ${kind} ${created} around that time. If nothing uses it, ${revoke} it.`;
}
function lostSentence({ gateway, wanted, startedAtMs }) {
    const what = wanted.kind === 'key' ? 'an unclaimed key' : `an unclaimed entry for origin ${wanted.value}`;
    const since = readableTime(startedAtMs).replace(/:\d\d UTC$/, ' UTC');
    return `A response from Pinata was lost, so gateway ${gatewayName(gateway)} may have ${what} (since about ${since}).`;
}

;// CONCATENATED MODULE: ./build/get/first-control.js


function refuseFirstControl({ gateway, replaced, address, wanted, inputs }) {
    if (inputs.firstControl !== 'fail')
        return;
    const failed = `Could not ${creationOf(wanted)}: first-control is set to fail, and`;
    if (gateway instanceof ActionError) {
        throw new ActionError(`${failed} the gateway's access controls are unknown. ${gateway.message}`, gateway.kind);
    }
    if (gateway.controlCount > replaced)
        return;
    const detail = replaced > 0 ? ' except an expired entry for the origin' : ', so anyone can read its pinned content';
    const first = replaced > 0 ? 'A new entry would still' : 'Its first access control would';
    const effect = `${first} cut off ${LABELS[wanted.kind].cutOff}. To allow this, set first-control to allow.`;
    throw new ActionError(`${failed} gateway ${gatewayName(address)} has no access controls${detail}. ${effect}`);
}
function warnOfPossibleFirstControl({ gateway, replaced, address, wanted, inputs, step }) {
    if (gateway instanceof ActionError || gateway.controlCount > replaced || inputs.firstControl === 'allow')
        return;
    const { cutOff, revoke } = LABELS[wanted.kind];
    const effect = `If so, ${cutOff} are cut off. To let them in again, ${revoke} any new ${wanted.kind}s that nothing uses.`;
    step.log.warning(`Gateway ${gatewayName(address)} may now have its first access control. ${effect}`);
}
function reportFirstControl({ control, gateway, replaced, address, inputs, step: { log } }) {
    const isUnknown = gateway instanceof ActionError;
    if (!isUnknown && gateway.controlCount > replaced)
        return;
    const { title, cutOff } = LABELS[control.kind];
    const on = `gateway ${gatewayName(address)}`;
    const effect = isUnknown
        ? `may be the first access control of ${on}. If so, ${cutOff} are now cut off.`
        : `is the first access control of ${on}, so ${cutOff} are now cut off.`;
    const message = `${isUnknown ? `${gateway.message} ` : ''}${title} ${control.subject} ${effect}`;
    const undo = isUnknown
        ? "Check the gateway's access controls in Pinata."
        : 'To let them in again, remove all access controls from the gateway.';
    const advice = `${undo} To prevent this in the future, set first-control to fail. To allow it without a warning, set first-control to allow.`;
    if (inputs.firstControl === 'allow')
        log.info(message);
    else
        log.warning(`${message} ${advice}`);
}

;// CONCATENATED MODULE: ./build/get/record-and-renew.js





const STATUS_LIMIT_MS = 5_000;
function newestReusable(records, nowMs = Number.NEGATIVE_INFINITY) {
    const createdAt = ({ control }) => Date.parse(control.createdAt) || 0;
    const reusable = records.filter(record => isReusable(record, nowMs));
    const [newest] = reusable.sort((a, b) => createdAt(b) - createdAt(a));
    if (newest === undefined)
        return undefined;
    const { control, name } = newest;
    const expiresAtMs = latestExpiry(records.filter(each => each.control === control));
    return { control, isNew: false, named: { name, expiresAtMs } };
}
async function recordOrRenew(provided) {
    const { control, isNew, named, inputs, records } = provided;
    if (!inputs.naming || !records || !(isNew || named))
        return undefined;
    const { name, expiresInMs = Number.POSITIVE_INFINITY } = inputs.naming;
    const expiresAtMs = expiryToRecord(provided, expiresInMs);
    if (expiresAtMs === undefined)
        return named;
    const recorded = { name, expiresAtMs };
    const draft = records.draft(recorded, control);
    if (isNew)
        await commit(draft, provided, records);
    else
        await records.create(draft, `renew ${control.kind} ${control.subject}`);
    return recorded;
}
function expiryToRecord({ control, named, readAtMs, pinata, step }, expiresInMs) {
    const startMs = Math.max(Date.parse(control.createdAt) || 0, pinata.dateMs ?? 0) || step.clock.now();
    if (named === undefined)
        return startMs + expiresInMs;
    if (readAtMs !== undefined)
        return renewedExpiry(named.expiresAtMs, readAtMs, expiresInMs);
    if (!Number.isFinite(named.expiresAtMs))
        return undefined;
    const why = `Pinata's response has no valid Date header, so the ${control.kind} may have expired. ${CHECK_API_URL}`;
    throw new ActionError(`Could not reuse ${control.kind} ${control.subject}: ${why}`);
}
async function commit(draft, { control, address, step, save, trySave }, records) {
    const { name, proof } = draft.payload;
    save({ phase: 'created', control, record: { name, proof } });
    const deployment = await records.create(draft).catch(async (error) => {
        const isInDoubt = error instanceof CreationError && error.isInDoubt;
        const lookup = records.with(cleanupBackoff(step, 'GitHub', step.lookupEnded));
        const found = isInDoubt ? await lookup.find(name, proof).catch(() => undefined) : undefined;
        if (found?.hasProof)
            return undefined;
        throw error;
    });
    trySave(undefined);
    if (deployment === undefined)
        return;
    const status = { state: 'success', ...(address.url && { environment_url: address.url }), auto_inactive: false };
    const brief = backoffFor('GitHub', new Deadline(step.clock, STATUS_LIMIT_MS), step);
    const error = await resultOf(records.github.with(brief).setStatus(deployment, status));
    if (error instanceof ActionError)
        step.log.debug(`The record has no status. ${error.message}`);
}

;// CONCATENATED MODULE: ./build/get/create.js









async function create(context) {
    refuseToStart(context);
    const creation = await requestControl(context);
    const { control } = creation;
    if (creation.isOlderThanRequest) {
        context.trySave(undefined);
        const { proven = [] } = context.records?.partition(context.recordList?.records ?? [], [control]) ?? {};
        return { ...context, ...(newestReusable(proven, context.readAtMs) ?? { control, isNew: false }) };
    }
    const name = gatewayName(context.address);
    const masked = control.secret ? " Its value is masked in this job's log." : '';
    if (control.kind === 'key')
        context.step.log.info(`Created key ${control.subject} on gateway ${name}.${masked}`);
    else
        context.step.log.info(`Added origin ${control.subject} to gateway ${name}.`);
    return { ...context, ...creation, isNew: true };
}
function refuseToStart(context) {
    const failed = `Could not ${creationOf(context.wanted)}`;
    if (context.step.stopped.aborted)
        throw new ActionError(`${failed}. ${STOPPED}`);
    refuseFirstControl(context);
    context.records?.requireSha();
    if (context.deadline.left < REQUEST_TIMEOUT_MS) {
        const why = context.gateway instanceof ActionError ? context.gateway.message : 'Run the job again later.';
        throw new ActionError(`${failed}: the step's time limit was reached. ${why}`);
    }
}
async function requestControl(context) {
    const { pinata, address, gateway, wanted, step } = context;
    const before = gateway instanceof ActionError ? undefined : snapshotOf(controlsOf(gateway));
    const unconfirmed = { gateway: address, wanted, before, startedAtMs: step.clock.now() };
    context.save({ phase: 'creating', ...unconfirmed });
    const handleLostResponse = async () => {
        const found = await reportUnclaimed(pinata.with(cleanupBackoff(step)), unconfirmed, step);
        context.trySave({ phase: 'creating', ...unconfirmed });
        return wanted.kind === 'key' || found.length === 0;
    };
    const creation = await pinata.create(address.id, wanted, handleLostResponse).catch((error) => {
        if (error instanceof CreationError && !error.isInDoubt)
            context.trySave(undefined);
        else
            warnOfPossibleFirstControl(context);
        throw error;
    });
    const { control } = creation;
    if (unconfirmed.before && newSince(unconfirmed.before, [control]).length === 0) {
        await handleLostResponse();
        const returned = `Pinata returned ${control.kind} ${control.subject}, which already existed. ${CHECK_API_URL}`;
        throw new CreationError(new ActionError(`Could not ${creationOf(wanted)}: ${returned}`), true);
    }
    return creation;
}
function acceptNew({ control, isAsRequested, wanted, save }) {
    save({ phase: 'created', control });
    if (control.secret !== undefined && isAsRequested)
        return;
    const unusable = "Pinata returned a value that readers can't send or GitHub can't mask";
    const why = isAsRequested ? unusable : 'Pinata changed it to a value that browsers do not send';
    throw new ActionError(`Could not use the new ${wanted.kind}: ${why}. ${CHECK_API_URL}`);
}

;// CONCATENATED MODULE: ./build/step/unprotected.js




async function readTwiceIfEmpty(pinata, { id }, removed = []) {
    const ids = new Set(removed.map(idOf));
    const read = async () => {
        const gateway = await pinata.gateway(id);
        const lagging = controlsOf(gateway).filter(control => ids.has(idOf(control)));
        return { ...gateway, controlCount: gateway.controlCount - lagging.length };
    };
    return await resultOf(read().then(first => (first.controlCount > 0 ? first : read())));
}
async function warnIfUnprotected({ pinata, address, step }, removed) {
    const hasFailed = removed instanceof ActionError;
    if (hasFailed && isRefusal(removed))
        return false;
    const after = await readTwiceIfEmpty(pinata.with(cleanupBackoff(step)), address, hasFailed ? [] : removed);
    const sentence = unprotectedSentence(after, address);
    if (sentence === undefined || (hasFailed && after instanceof ActionError))
        return false;
    step.log.warning(sentence);
    return true;
}
function unprotectedSentence(after, address) {
    const name = gatewayName(address);
    if (after instanceof ActionError)
        return `Could not check whether gateway ${name} still has any access controls. Without them, anyone can read its pinned content. Check its access controls in Pinata. ${after.message}`;
    if (after.controlCount > 0)
        return undefined;
    return `Gateway ${name} now has no access controls. Anyone can read its pinned content, and the gateway serves nothing else. To change that, add a key or an origin.`;
}

;// CONCATENATED MODULE: ./build/runner/outputs.js


function setAll(values, set, failure) {
    try {
        for (const [name, value] of Object.entries(values))
            set(name, value);
    }
    catch (error) {
        throw new ActionError(`${failure}: ${oneLine(messageOf(error))}.`);
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

;// CONCATENATED MODULE: ./build/get/prepare.js







async function prepare(clients, inputs) {
    const { wanted, waitFor, naming } = inputs;
    const recordList = naming && (await clients.records?.find(naming.name));
    const gateway = await readGateway(clients, inputs);
    const read = gateway instanceof ActionError ? undefined : gateway;
    const address = { id: clients.address.id, url: clients.address.url || (read?.url ?? '') };
    if (waitFor !== undefined && address.url === '') {
        const why = gateway instanceof ActionError ? gateway.message : "Pinata's response does not contain it.";
        const advice = "To avoid this, set gateway-id to the gateway's domain, or remove wait-for.";
        throw new ActionError(`Could not use wait-for: the domain of gateway ${address.id} is unknown. ${why} ${advice}`);
    }
    const entries = read ? controlsOf(read).filter(each => isMatch(wanted, each)) : [];
    const relevant = recordList?.records.filter(each => isMatch(wanted, each)) ?? [];
    const { proven = [], unproven = [] } = clients.records?.partition(relevant, entries) ?? {};
    const save = (phase) => {
        const state = stateOf({ gateway: address, wanted }, phase);
        setAll(state, clients.step.core.saveState, 'Could not save the state for the post step');
    };
    const trySave = (phase) => void reply_unlessItThrows(() => save(phase));
    const found = { recordList, gateway, readAtMs: read?.readAtMs, entries, proven, unproven };
    return { ...clients, ...found, inputs, wanted, address, replaced: 0, save, trySave };
}
const OPTIONAL_TRIES = 3;
async function readGateway({ pinata, address }, inputs) {
    const { naming, firstControl, waitFor } = inputs;
    const isKey = 'keyId' in inputs;
    const isRequired = !isKey || inputs.keyId !== undefined || (naming !== undefined && !inputs.rotate);
    const usesAllTries = isRequired || firstControl === 'fail' || (waitFor !== undefined && address.url === '');
    const read = pinata.gateway(address.id, usesAllTries ? MAX_TRIES : OPTIONAL_TRIES);
    const gateway = await read.catch(error => (error instanceof ActionError ? error : Promise.reject(error)));
    const isFinal = gateway instanceof ActionError && (isRequired || ['redirect', 'unauthorized'].includes(gateway.kind));
    if (!isFinal)
        return gateway;
    const failed = isKey ? '' : `Could not ${creationOf(inputs.wanted)}. `;
    throw new ActionError(failed + gateway.message, gateway.kind);
}

;// CONCATENATED MODULE: ./build/get/origin.js









async function obtainOrigin(context) {
    return await reuseOrAdd(context).catch(async (error) => await reuseOrAdd(await readAgain(context, error)));
}
async function reuseOrAdd(context) {
    const { address, entries, proven, pinata, step } = context;
    const reusable = newestReusable(proven, context.readAtMs);
    if (reusable)
        return { ...context, ...reusable };
    refusePossibleRenewal(context);
    const expired = [...new Set(proven.map(({ control }) => control))];
    context.replaced = expired.length;
    const unrecorded = entries.find(entry => !expired.includes(entry));
    if (unrecorded === undefined)
        refuseToStart(context);
    const removed = [];
    try {
        for (const control of expired) {
            const entry = `origin ${control.subject}, which expired more than an hour ago,`;
            step.log.info(`Removing ${entry} from gateway ${gatewayName(address)}.`);
            await pinata.remove(address.id, control);
            removed.push(control);
        }
        if (unrecorded === undefined)
            return await create(context);
    }
    catch (error) {
        if (expired.length > 0 && error instanceof ActionError) {
            await warnIfUnprotected(context, removed.length > 0 || step.stopped.aborted ? removed : error);
        }
        throw error;
    }
    if (removed.length > 0)
        await warnIfUnprotected(context, removed);
    return { ...context, control: unrecorded, isNew: false };
}
async function readAgain(before, error) {
    if (!(error instanceof CreationError) || before.step.stopped.aborted)
        throw error;
    const again = await prepare(before, before.inputs).catch(() => Promise.reject(error));
    const isOther = (entry) => !before.entries.some(each => idOf(each) === idOf(entry));
    const entries = again.entries.filter(isOther);
    if (entries.length === 0)
        throw error;
    again.trySave(undefined);
    return { ...again, entries, proven: again.proven.filter(({ control }) => isOther(control)) };
}
function refusePossibleRenewal({ recordList, entries: [entry], proven, readAtMs, address }) {
    if (recordList === undefined || entry === undefined)
        return;
    const origin = `origin ${entry.subject} on gateway ${gatewayName(address)}`;
    if (!recordList.isComplete) {
        throw new ActionError(`Could not use ${origin}: GitHub's list of the name's records is incomplete or keeps changing, so another step may be renewing the origin. Run the job again. If it fails again, remove the origin with the revoke action.`);
    }
    const nowMs = Math.min(recordList.readAtMs ?? Number.NaN, readAtMs ?? Number.NaN);
    const replaceableAtMs = latestExpiry(proven) + SWEEP_AFTER_MS;
    if (proven.length === 0 || replaceableAtMs < nowMs)
        return;
    const why = Number.isNaN(nowMs)
        ? 'a response has no valid Date header, so another step may still be using the origin. If no step is using it, remove it with the revoke action.'
        : `another step may still be renewing it. Run the job again after ${readableTime(replaceableAtMs)}.`;
    throw new ActionError(`Could not replace the expired ${origin}: ${why}`);
}

;// CONCATENATED MODULE: ./build/runner/summary.js



function section(heading, sentence) {
    return `\n### ${heading}\n\n${sentence}\n`;
}
function table(columns, rows) {
    const line = (cells) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    return ['', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n');
}
function code(text) {
    return `\`${text.replaceAll('`', "'")}\``;
}
function addToSummary(step, markdown) {
    try {
        if (!step.env.GITHUB_STEP_SUMMARY)
            throw new Error('GITHUB_STEP_SUMMARY is not set');
        (0,(external_node_fs_namespaceObject()).appendFileSync)(step.env.GITHUB_STEP_SUMMARY, step.masks.redact(markdown));
    }
    catch (error) {
        step.log.info(`Could not write the job summary: ${oneLine(messageOf(error))}.`);
    }
}
function gatewayCell({ id, url }) {
    return url === '' ? code(id) : `[${url.slice('https://'.length)}](${url})`;
}

;// CONCATENATED MODULE: ./build/get/outputs.js






const REVOKED_WHEN = {
    never: 'not by this step',
    'on-failure': 'at the end of this job if the job fails or is canceled',
    'after-job': 'at the end of this job',
};
function passOn(provided) {
    const { control, isNew, address, inputs, step } = provided;
    if (step.stopped.aborted)
        throw new ActionError(STOPPED);
    setAll(outputsOf(provided), step.core.setOutput, 'Could not set the outputs');
    if (isNew)
        provided.save(inputs.revoke === 'never' ? undefined : { phase: 'ready', control, revoke: inputs.revoke });
    step.log.info(noteOf(provided));
    if (address.url === '')
        step.log.info("The gateway's domain is unknown, so the gateway-url output is empty.");
    if (!isNew)
        reportExisting(provided);
}
function noteOf({ control: { kind, subject }, isNew, named, address, inputs }) {
    const { revoke, revoked } = LABELS[kind];
    if (isNew && inputs.revoke !== 'never')
        return `The ${kind} will be ${revoked} ${REVOKED_WHEN[inputs.revoke]}.`;
    if (isNew && !named)
        return `The ${kind} remains until you ${revoke} it, because it has no name and revoke is set to never.`;
    const masked = kind === 'key' ? " Its value is masked in this job's log." : '';
    const reused = isNew ? '' : `Reusing ${kind} ${subject} on gateway ${gatewayName(address)}.${masked} `;
    const kept = `${reused}This step will not ${revoke} the ${kind}.`;
    if (named === undefined)
        return kept;
    const expiry = Number.isFinite(named.expiresAtMs)
        ? `It expires at ${readableTime(named.expiresAtMs)}. A sweep may ${revoke} it an hour later.`
        : `It does not expire${inputs.naming?.expiresInMs ? ', because an earlier run set no expires-in' : ''}.`;
    return `${kept} Its name is ${named.name}. ${expiry}`;
}
function reportExisting({ control, named, inputs: { naming, revoke }, step: { log } }) {
    const { kind, subject } = control;
    if (kind === 'key' && revoke !== 'never') {
        const advice = 'If you no longer need it, revoke it with the revoke action.';
        log.warning(`revoke: ${revoke} does not apply to key ${subject}, because it existed before this step. ${advice}`);
    }
    if (kind === 'key' || named)
        return;
    const record = naming ? ` or record it under the name ${naming.name}` : '';
    const why = "because the origin already existed or Pinata's response was lost. Whoever added it might remove it.";
    if (naming || revoke !== 'never')
        log.warning(`This step will not remove origin ${subject}${record}, ${why}`);
    else
        log.info('Whoever added the origin might remove it.');
}
function outputsOf({ control, isNew, named, address }) {
    return {
        ...(control.kind === 'key'
            ? { 'gateway-key': control.secret?.reveal() ?? '', 'key-id': control.subject }
            : { origin: control.subject }),
        'gateway-id': address.id,
        'gateway-url': address.url,
        'created-at': control.createdAt,
        'expires-at': (named && expiryOf(named)) ?? '',
        created: String(isNew),
    };
}
function summarize({ control, isNew, named, served, address, inputs, step }) {
    const { heading, column, revocation } = LABELS[control.kind];
    const items = {
        Gateway: gatewayCell(address),
        [column]: code(control.subject),
        ...(named && { Name: code(named.name) }),
        [control.kind === 'key' ? 'Created' : 'Added']: readableTime(control.createdAt),
        [revocation]: REVOKED_WHEN[isNew ? inputs.revoke : 'never'],
        ...(named && { Expires: Number.isFinite(named.expiresAtMs) ? readableTime(named.expiresAtMs) : 'never' }),
        ...(served && { Served: served }),
    };
    const sentence = control.kind === 'key'
        ? `${isNew ? 'A new' : 'An existing'} key, masked in the log.`
        : `Pages on this origin ${isNew ? 'now have' : 'have'} access.`;
    addToSummary(step, section(heading, sentence) + table(['Item', 'Value'], Object.entries(items)));
}

;// CONCATENATED MODULE: ./build/get/rollback.js






async function rollBackUnlessRecorded(provided, error) {
    const { control, isNew, named, entries, replaced, pinata, address, step } = provided;
    const { title, revoke, revoked } = LABELS[control.kind];
    const keyOrOrigin = `${title} ${control.subject}`;
    if (!isNew)
        return error;
    if (named !== undefined) {
        reportFirstControl(provided);
        const kept = `${keyOrOrigin} is recorded under the name ${named.name}, so other runs may use it.`;
        const input = control.kind === 'key' ? 'key-id' : 'origin';
        const advice = `To ${revoke} only this ${control.kind}, set the revoke action's ${input} to ${control.subject}.`;
        return new ActionError(`${messageOf(error)} ${kept} ${advice}`);
    }
    const reason = error instanceof ActionError ? error.message : `Unexpected error: ${oneLine(messageOf(error))}.`;
    const removal = await resultOf(pinata.with(cleanupBackoff(step)).remove(address.id, control));
    const hasFailed = removal instanceof ActionError;
    if (!hasFailed)
        provided.trySave(undefined);
    const isUnprotected = await warnIfUnprotected(provided, hasFailed ? removal : [control, ...(replaced ? entries : [])]);
    if (hasFailed || !isUnprotected)
        warnOfPossibleFirstControl(provided);
    if (!hasFailed)
        return new ActionError(`${reason} ${keyOrOrigin} was ${revoked}.`);
    return new ActionError(`${reason} The step may have left the new ${control.kind} ${control.subject} on gateway ${gatewayName(address)}. ${removal.message} If the post step does not ${revoke} the ${control.kind}, use the revoke action or Pinata.`);
}

;// CONCATENATED MODULE: ./build/get/wait-for.js







const WAIT_LIMIT_MS = 2 * 60_000;
async function waitForContent({ control, address, inputs, deadline, step }) {
    const { kind, subject, secret = '' } = control;
    const path = inputs.waitFor;
    if (path === undefined)
        return undefined;
    const startedAt = step.clock.elapsed();
    const backoff = backoffFor('Gateway', new Deadline(step.clock, Math.min(WAIT_LIMIT_MS, deadline.left)), step);
    const access = kind === 'key' ? { 'x-pinata-gateway-token': secret } : { origin: subject };
    const headers = { accept: '*/*', ...access };
    const connection = step.connect(address.url, { label: 'Gateway: ', headers, statusOnly: true });
    const read = async () => classified(await connection.exchange('GET', path, { backoff }));
    const { reply, classification } = await retry(read, backoff, { maxTries: Number.POSITIVE_INFINITY });
    if (step.stopped.aborted)
        throw new ActionError(STOPPED);
    const waited = `${((step.clock.elapsed() - startedAt) / 1000).toFixed(1)} seconds`;
    const content = oneLine(path);
    const keyOrOrigin = `${kind} ${subject}`;
    if (classification === 'ok') {
        step.log.info(`Gateway ${gatewayName(address)} served ${content} with ${keyOrOrigin} after ${waited}.`);
        return `${code(content)}, after ${waited}`;
    }
    const within = classification === 'permanent' ? '' : ` within ${waited}`;
    const from = reply.kind === 'fault' ? '' : ` from gateway ${gatewayName(address)}`;
    const action = `read ${content}${from} with ${keyOrOrigin}${within}`;
    throw wait_for_errorOf(reply, action, address.url);
}
function classified(reply) {
    const attempt = attemptOf(reply);
    if (reply.kind === 'fault' || reply.status === 429 || attempt.classification === 'ok')
        return attempt;
    return { ...attempt, classification: reply.status === 401 || reply.status >= 500 ? 'transient' : 'permanent' };
}
function wait_for_errorOf(reply, action, url) {
    const context = { action, apiUrl: url, service: 'the gateway', source: 'gateway-id' };
    if (reply.kind === 'fault')
        return responseError(reply, context, undefined);
    const [, start = '', errorId] = /^(.*?)(ERR_ID:\d+)/s.exec(reply.text ?? '') ?? [];
    const response = errorId ? { ...reply, text: `${oneLine(start, 120)} ${errorId}` } : reply;
    const [cause, advice] = wait_for_diagnose(reply, errorId);
    const isPage = errorId === undefined && reply.status >= 400 && /html/i.test(reply.headers['content-type'] ?? '');
    const proxy = isPage ? ' Also check whether a proxy or firewall is responding instead of the gateway.' : '';
    return responseError(response, context, [cause, advice + proxy]);
}
function wait_for_diagnose(response, errorId) {
    const { status, retryAfterMs } = response;
    const runAgain = `Run the job again ${later(Number(retryAfterMs) > WAIT_LIMIT_MS ? retryAfterMs : undefined)}.`;
    if (status === 401)
        return ['the gateway rejected the key or origin', runAgain];
    if (status === 429)
        return ['the gateway received too many requests', runAgain];
    if (status >= 500)
        return ['the gateway failed to serve the content', `Check that the content exists. ${runAgain}`];
    const folder = 'For a folder, end wait-for with a slash. Otherwise, check gateway-id and https_proxy.';
    if (status < 400)
        return [redirectCause('the gateway', response), folder];
    const custom = "Set gateway-id to one of the gateway's custom domains, or set wait-for to other content.";
    if (errorId === 'ERR_ID:00023')
        return ['only custom domains, not *.mypinata.cloud, serve HTML', custom];
    const notPinned = "the content is not pinned to the gateway's account, and no access control is in effect";
    if (errorId === 'ERR_ID:00006')
        return [notPinned, `Check the CID in wait-for. ${runAgain}`];
    return ['the gateway refused the request', 'Check the CID and the path in wait-for.'];
}

;// CONCATENATED MODULE: ./build/get/key.js











async function getControl(inputs, step) {
    summarize(await provide(inputs, await openClients(inputs, step)));
}
async function provide(inputs, clients) {
    const context = await prepare(clients, inputs);
    context.records?.warnOfUnproven(context.unproven);
    const provided = await ('keyId' in inputs ? obtainKey(inputs, context) : obtainOrigin(context));
    try {
        if (provided.isNew)
            acceptNew(provided);
        provided.named = await recordOrRenew(provided);
        provided.served = await waitForContent(provided);
        passOn(provided);
    }
    catch (error) {
        throw await rollBackUnlessRecorded(provided, error);
    }
    reportFirstControl(provided);
    return provided;
}
async function obtainKey({ keyId, rotate }, context) {
    const key = keyId ? keyById(keyId, context) : newestReusable(context.proven, context.readAtMs);
    if (key === undefined || rotate)
        return await create(context);
    const value = key.control.secret;
    if (value === undefined) {
        const why = "Pinata returned a value that readers can't send or GitHub can't mask";
        throw new ActionError(`Could not reuse key ${key.control.subject}: ${why}. To create a new key, remove key-id.`);
    }
    context.step.masks.add(value.reveal());
    return { ...context, ...key };
}
function keyById(keyId, { entries, address }) {
    const control = entries.find(each => each.subject.toLowerCase() === keyId.toLowerCase());
    if (control !== undefined)
        return { control, isNew: false };
    const advice = 'If the key was not revoked, check key-id and gateway-id. To create a new key, remove key-id.';
    throw new ActionError(`Gateway ${gatewayName(address)} has no key ${keyId}. ${advice}`);
}

;// CONCATENATED MODULE: external "http"
const external_http_namespaceObject = onFirstUse(() => require("http"));
const external_http_namespaceObject_0 = onFirstUse(() => /*#__PURE__*/__nccwpck_require__.t((external_http_namespaceObject()), 2));
;// CONCATENATED MODULE: external "https"
const external_https_namespaceObject = onFirstUse(() => require("https"));
const external_https_namespaceObject_0 = onFirstUse(() => /*#__PURE__*/__nccwpck_require__.t((external_https_namespaceObject()), 2));
;// CONCATENATED MODULE: ./build/node_modules/tunnel/index.js
/**
 * Replaces tunnel in the bundle. `@actions/http-client` creates proxy agents with it. This action sets its own agent on
 * every request (`src/http/sockets.ts`), which has time limits and does not call the deprecated `Buffer()`.
 */
const noAgent = () => undefined
const httpOverHttp = noAgent
const httpsOverHttp = noAgent
const httpOverHttps = noAgent
const httpsOverHttps = noAgent

;// CONCATENATED MODULE: ./build/node_modules/undici/index.js
/**
 * Replaces undici in the bundle. `@actions/http-client` imports `ProxyAgent` only for `getAgentDispatcher()`, which
 * gives `fetch` a proxy. `HttpClient` sends its requests with `node:http` and `node:https`.
 */
class ProxyAgent {
  constructor() {
    throw new Error('undici is not part of this bundle: use HttpClient.request(), not getAgentDispatcher().')
  }
}

;// CONCATENATED MODULE: ./build/node_modules/@actions/http-client/lib/index.js
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
        info.httpModule = usingSsl ? (external_https_namespaceObject_0()) : (external_http_namespaceObject_0());
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
            maxSockets = this.requestOptions.maxSockets || (external_http_namespaceObject()).globalAgent.maxSockets;
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
                tunnelAgent = overHttps ? httpsOverHttps : httpsOverHttp;
            }
            else {
                tunnelAgent = overHttps ? httpOverHttps : httpOverHttp;
            }
            agent = tunnelAgent(agentOptions);
            this._proxyAgent = agent;
        }
        // if tunneling agent isn't assigned create a new agent
        if (!agent) {
            const options = { keepAlive: this._keepAlive, maxSockets };
            agent = usingSsl ? new (external_https_namespaceObject()).Agent(options) : new (external_http_namespaceObject()).Agent(options);
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
        proxyAgent = new ProxyAgent(Object.assign({ uri: proxyUrl.href, pipelining: !this._keepAlive ? 0 : 1 }, ((proxyUrl.username || proxyUrl.password) && {
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
;// CONCATENATED MODULE: external "node:zlib"
const external_node_zlib_namespaceObject = onFirstUse(() => require("node:zlib"));
;// CONCATENATED MODULE: ./build/http/read-response.js





const MAX_BODY = 4 * 1024 * 1024;
const MAX_ERROR_BODY = 64 * 1024;
const BRIEF_MS = 2_000;
const SHOWN = ['content-encoding', 'content-type', 'location', 'server', 'via', 'x-github-request-id', 'x-request-id'];
async function readReply(message, { method, statusOnly = false }, redact) {
    const { statusCode: status = 0 } = message;
    const isSuccess = status >= 200 && status < 300;
    const isJsonExpected = isSuccess && !statusOnly && method !== 'DELETE';
    const headers = { ...message.headers };
    for (const name of SHOWN)
        if (headers[name])
            headers[name] = redact(headers[name]);
    if (isSuccess && statusOnly)
        message.destroy();
    const bytes = await readBytes(message, isSuccess ? MAX_BODY : MAX_ERROR_BODY, statusOnly ? BRIEF_MS : undefined);
    const decoded = decode(bytes, headers);
    if (isSuccess && typeof decoded !== 'string')
        return decoded;
    const text = typeof decoded === 'string' ? decoded : '';
    const start = isJsonExpected ? '' : redact(text.slice(0, MAX_ERROR_BODY));
    const json = parseJson(isSuccess ? text : start);
    if (isJsonExpected && (typeof json !== 'object' || json === null)) {
        const type = printable(headers['content-type'] ?? 'no content type', 60);
        return faultOf(`the response (HTTP ${status}, ${type}) is not JSON`, { cause: 'response' });
    }
    const sentAtMs = httpDate(headers.date);
    const limitMs = status === 429 ? rateLimitReset(headers, sentAtMs) : undefined;
    const requestId = headers['x-request-id'] || headers['x-github-request-id'] || undefined;
    return {
        kind: 'response',
        status,
        json,
        text: json === undefined ? firstWords(start) : undefined,
        headers,
        requestId,
        dateMs: requestId !== undefined || (isSuccess && json) ? sentAtMs : undefined,
        retryAfterMs: retryAfter(headers['retry-after'], sentAtMs) ?? limitMs,
    };
}
async function readBytes(message, limit, limitMs) {
    const chunks = [];
    let size = 0;
    const timer = limitMs && setTimeout(() => message.destroy(), limitMs);
    try {
        for await (const chunk of message) {
            chunks.push(chunk);
            size += chunk.length;
            if (size > limit)
                break;
        }
    }
    catch (error) {
        if (limitMs === undefined)
            throw error;
    }
    clearTimeout(timer);
    return Buffer.concat(chunks);
}
function decode(body, headers) {
    const coding = printable(headers['content-encoding'] ?? '', 40).toLowerCase() || 'identity';
    const isPlain = coding === 'identity' || body.length === 0;
    const unreadable = { transient: false, cause: 'response' };
    try {
        if (body.length <= MAX_BODY)
            return (isPlain ? body : (0,(external_node_zlib_namespaceObject()).unzipSync)(body, { maxOutputLength: MAX_BODY })).toString();
    }
    catch (error) {
        const reason = `the response has the encoding ${coding}, which was not requested and can't be decoded`;
        if (error.code !== 'ERR_BUFFER_TOO_LARGE')
            return faultOf(reason, unreadable);
    }
    return faultOf(`the response exceeds ${MAX_BODY / 1024 / 1024} MiB`, { ...unreadable, tooLarge: true });
}
function firstWords(body) {
    const start = body.slice(0, 10_000);
    const [, title] = /<title[^>]*>([^<]*)/i.exec(start) ?? [];
    const text = title ?? start.replace(/<(script|style)\b.*?<\/\1>/gis, ' ').replace(/<[^>]*>/g, ' ');
    return text.replace(/\s+/g, ' ').trim().slice(0, 1000);
}

;// CONCATENATED MODULE: ./build/http/sockets.js




class Sockets {
    agent;
    wasReady = false;
    #open = new Set();
    #onLastClose = () => { };
    constructor(server, early) {
        const proxy = proxyFor(server);
        const overTls = server.protocol === 'https:';
        this.agent = new (overTls ? (external_node_https_namespaceObject()).Agent : (external_node_http_namespaceObject()).Agent)({ keepAlive: true });
        const connect = this.agent.createConnection.bind(this.agent);
        const dial = (options) => {
            const socket = early?.take(server) ?? connect({ ...options, ...CONNECT_OPTIONS });
            return this.#watch(socket).once(overTls ? 'secureConnect' : 'connect', () => {
                this.wasReady = true;
            });
        };
        this.agent.createConnection = (options, callback) => {
            if (proxy === undefined)
                return dial(options);
            openTunnel(proxy, `${server.hostname}:${server.port || 443}`, socket => this.#watch(socket)).then(socket => callback?.(null, dial({ ...options, socket })), error => callback?.(error, undefined));
            return undefined;
        };
    }
    begin() {
        this.wasReady = this.#open.size > 0;
        return new Promise((_resolve, reject) => {
            this.#onLastClose = () => setImmediate(reject, new Error('the connection was closed without a response'));
        });
    }
    destroy() {
        for (const socket of this.#open)
            socket.destroy();
        this.#open.clear();
    }
    #watch(socket) {
        this.#open.add(socket);
        return socket.once('close', () => {
            if (this.#open.delete(socket) && this.#open.size === 0)
                this.#onLastClose();
        });
    }
}

;// CONCATENATED MODULE: ./build/http/connection.js








const STOPPED_FAULT = faultOf('the step was stopped', { transient: false });
class Connection {
    #client;
    #sockets;
    #options;
    #baseUrl;
    #network;
    #wasSuccess = false;
    constructor(baseUrl, options, network) {
        this.#sockets = new Sockets(new URL(baseUrl), network.early);
        this.#baseUrl = baseUrl;
        this.#options = options;
        this.#network = network;
        const host = new URL(baseUrl).hostname.replace(/^\[(.*)\]$/, '$1');
        const handler = {
            prepareRequest: (options) => Object.assign(options, { agent: this.#sockets.agent, host }),
            canHandleAuthentication: () => false,
            handleAuthentication: () => Promise.reject(new Error('not used')),
        };
        this.#client = new HttpClient('pinata-gateway-key-action', [handler], { allowRedirects: false });
    }
    async exchange(method, path, options) {
        const { log } = this.#network;
        const request = `${this.#options.label ?? ''}${method} ${path}`;
        const started = systemClock.elapsed();
        log.lastRequest = request;
        const reply = await this.#exchange(method, path, options);
        const isFault = reply.kind === 'fault';
        const requestId = isFault ? '' : `, request ID ${printable(reply.requestId ?? 'none')}`;
        const result = isFault ? oneLine(reply.reason) : `HTTP ${reply.status}${requestId}`;
        log.debug(`${request}: ${result} (${Math.round(systemClock.elapsed() - started)} ms)`);
        if (isFault)
            return reply;
        const afterSuccess = this.#wasSuccess;
        this.#wasSuccess = isSuccess(reply);
        return { ...reply, afterSuccess };
    }
    async #exchange(method, path, options) {
        const { backoff, graceMs = 0, body } = options;
        const { deadline, signal } = backoff;
        const timeoutMs = Math.min(REQUEST_TIMEOUT_MS, deadline.left);
        if (signal.aborted)
            return { ...STOPPED_FAULT, sent: false };
        if (timeoutMs === 0)
            return timeUp(false, timeoutMs);
        const sockets = this.#sockets;
        const closed = sockets.begin();
        const timers = [];
        let stop = () => { };
        const ended = new Promise(end => {
            timers.push(setTimeout(() => end(timeUp(sockets.wasReady, timeoutMs)), timeoutMs));
            stop = () => timers.push(setTimeout(() => end(STOPPED_FAULT), sockets.wasReady ? graceMs : 0));
        });
        signal.addEventListener('abort', stop, { once: true });
        const receive = async () => {
            const { message } = await Promise.race([this.#send(method, path, body), closed]);
            return await readReply(message, { method, statusOnly: this.#options.statusOnly }, this.#network.redact);
        };
        const reply = await Promise.race([receive().catch(faultOfError), ended]);
        signal.removeEventListener('abort', stop);
        for (const timer of timers)
            clearTimeout(timer);
        const isResponse = reply.kind === 'response';
        if (!isResponse || /close/i.test(reply.headers.connection ?? ''))
            sockets.destroy();
        return isResponse ? reply : { ...reply, sent: reply.sent && sockets.wasReady };
    }
    #send(method, path, body) {
        const { token, headers = {} } = this.#options;
        const own = Object.entries(headers).map(([name, value]) => [name, value instanceof secret_Secret ? value.reveal() : value]);
        return this.#client.request(method, this.#baseUrl + path, body ? JSON.stringify(body) : null, {
            accept: 'application/json',
            'accept-encoding': 'identity',
            ...(body && { 'content-type': 'application/json' }),
            ...Object.fromEntries(own),
            ...(token && { authorization: `Bearer ${token.reveal()}` }),
        });
    }
}
function timeUp(sent, timeoutMs) {
    const missing = sent ? 'no complete response' : 'no connection';
    return timeoutMs < REQUEST_TIMEOUT_MS
        ? faultOf(`${missing} before the time limit was reached`, { sent, cause: 'time' })
        : faultOf(`${missing} within ${Math.round(timeoutMs / 1000)} seconds`, { sent });
}

;// CONCATENATED MODULE: ./build/inputs/cid.js


const CIDS = [
    'Qm[1-9A-HJ-NP-Za-km-z]{44}',
    '000000001[01]{24,}',
    '700[23][0-7]{8,}',
    '9[0-9]{8,}',
    '(f01|F01)([0-9a-f]{6,}|[0-9A-F]{6,})',
    'hy[rfg8][ybndrfg8ejkmcpqxot1uwisza345h769]{5,}',
    '[zZ][1-9A-HJ-NP-Za-km-z]{5,}',
    '[mM]A[Q-Za-f][A-Za-z0-9+]{4,}=*',
    '[uU]A[Q-Za-f][\\w-]{4,}=*',
];
const LOWERCASE = ['[bc]a[e-h][a-z2-7]{5,}=*', '[vt]0[4-7][0-9a-v]{5,}=*', 'k[0-9a-z]{5,}'];
const UPPERCASE = LOWERCASE.map(cid => cid.toUpperCase());
const CID = new RegExp(`^(${[...CIDS, ...LOWERCASE, ...UPPERCASE].join('|')})(/|$)`);
function parseContentPath(value) {
    const text = value.length > 2000 ? '' : value.replace(/^(ipfs:\/\/|\/ipfs\/)/i, '');
    const problem = problemOf(text);
    if (problem === undefined)
        return `/ipfs/${encodeURI(text).replace(/%25([\da-f]{2})/gi, '%$1')}`;
    const advice = 'Set it to a CID, optionally followed by a path, such as bafybei\u2026/images/logo.png.';
    throw new ActionError(`wait-for ${shown(value)} ${problem}. ${advice}`);
}
function problemOf(text) {
    if (/[?#]/.test(text))
        return 'contains a query (?) or a fragment (#)';
    const path = decoded(text);
    if (/[\p{Cc}\p{Cs}\\]/u.test(text + path))
        return 'contains a control character or a backslash';
    if (/(^|\/)\.\.?(\/|$)/.test(path))
        return 'has `.` or `..` in its path';
    return CID.test(text) ? undefined : 'does not start with a CID';
}
function decoded(path) {
    const text = path.replace(/%[0-7][\da-f]/gi, code => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
    return text === path ? path : decoded(text);
}

;// CONCATENATED MODULE: ./build/inputs/credentials.js







const TOKEN = /^(?=.{4,8192}$)\w[\w.~+/-]*=*$/;
const API_KEY = /^[\da-f]{20}$|(^|[^\da-f])[\da-f]{64}$/i;
const API_ADDRESS = /^https?:\/\/[\w.:[\]-]+(\/(?!(\.|%2e){1,2}(\/|$))[\w.:~%+-]*)*$/i;
const withoutBearer = (given) => given.replace(/^Bearer(\s+|$)/i, '');
function readJwt(getInput, masks, env) {
    const given = getInput('pinata-jwt');
    masks.add(given);
    const jwt = withoutBearer(given);
    masks.add(jwt);
    if (jwt === '')
        throw new ActionError(`pinata-jwt is empty${whyEmpty(env)}`);
    const apiKey = API_KEY.test(jwt) ? "Pinata's API key or API secret, not the JWT shown next to it" : undefined;
    const problem = apiKey ?? mistakeIn(jwt) ?? (TOKEN.test(jwt) ? undefined : 'not a JWT');
    if (problem === undefined)
        return new secret_Secret(jwt);
    const form = 'one line that starts with eyJ, contains two dots, and has no quotation marks';
    const advice = `Set it to the JWT of a Pinata API key: ${form}. If you no longer have the JWT, create a new API key.`;
    throw new ActionError(`pinata-jwt is ${problem}. ${advice}`);
}
function whyEmpty(env) {
    if (env === 'post step')
        return ' in the post step: the expression that sets it no longer has a value. Use the secret directly, not `env` or an output.';
    if (readRun(env).isFromFork)
        return ': GitHub passes no secrets to runs for pull requests from forks. Skip the step in those runs with `if: github.event.pull_request.head.repo.full_name == github.repository`.';
    if (env.GITHUB_ACTOR === 'dependabot[bot]')
        return ": GitHub passes only Dependabot secrets to runs that Dependabot started. Add the secret to the repository's Dependabot secrets, or skip the step with `if: github.actor != 'dependabot[bot]'`.";
    return ". Check that the secret exists and that the workflow uses its exact name. If it belongs to an environment, set the job's `environment` to that environment's name. In a reusable workflow, the caller must pass the secret.";
}
function readGitHubToken(getInput, masks) {
    const token = getInput('github-token');
    masks.add(token);
    const isJwt = token === withoutBearer(getInput('pinata-jwt'));
    const mistake = mistakeIn(token.replace(GITHUB_TOKEN, 'token')) ?? (isJwt ? 'the JWT for Pinata' : undefined);
    if (TOKEN.test(token) && mistake === undefined)
        return new secret_Secret(token);
    const advice = "Remove it to use the job's own token, or set it to a token that can write deployments.";
    throw new ActionError(`github-token is ${mistake ?? 'not a token'}. ${advice}`);
}
function parseApiUrl(value) {
    const text = value || DEFAULT_API_URL;
    const url = text.length <= 2000 && API_ADDRESS.test(text) && !mistakeIn(text) ? parseUrl(text) : undefined;
    const address = url && baseUrlOf(url);
    if (address !== undefined)
        return address;
    const problem = url ? 'uses plain HTTP, which exposes the JWT' : 'is not an HTTPS address with only a host and a path';
    throw new ActionError(`api-url ${shown(text)} ${problem}. Remove it, or use an address such as ${DEFAULT_API_URL}.`);
}

;// CONCATENATED MODULE: ./build/inputs/duration.js


const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };
function parseDuration(input, value, maxDays = Number.POSITIVE_INFINITY) {
    const [, number, unit] = /^0*([1-9]\d{0,5})([mhd])$/.exec(value) ?? [];
    const ms = Number(number) * UNIT_MS[unit];
    if (ms <= maxDays * UNIT_MS.d)
        return ms;
    const form = 'a whole number followed by m (minutes), h (hours), or d (days), such as 12h';
    const most = Number.isFinite(maxDays) ? ` The maximum is ${maxDays}d.` : '';
    throw new ActionError(`${input} is ${shown(value)}. Set it to ${form}.${most}`);
}

;// CONCATENATED MODULE: ./build/inputs/gateway.js




const GATEWAY_ID = /^[\w-]{1,63}$/;
const HOSTNAME = /^(?=.{4,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/;
const PINATA_DOMAIN = /^(.*\.)?pinata\.cloud$|^mypinata\.cloud$/;
function parseGatewayRef(value) {
    const id = value.replace(/^[\da-f-]{36}$/i, uuid => uuid.toLowerCase());
    if (GATEWAY_ID.test(id) && mistakeIn(id) === undefined)
        return { id: id };
    const domain = parseDomain(value);
    if (domain !== undefined && !PINATA_DOMAIN.test(domain) && !mistakeIn(domain))
        return { domain };
    const isPublic = domain === 'gateway.pinata.cloud';
    const problem = isPublic ? "Pinata's public gateway" : 'neither the ID nor the domain of a gateway';
    const advice = 'Set it to the ID or the domain of a dedicated gateway, such as fun-llama-300.mypinata.cloud.';
    throw new ActionError(`gateway-id ${shown(value)} is ${problem}. ${advice}`);
}
function parseDomain(value) {
    if (value.length > 2000 || /[\s\p{C}@\\]|(^|\/)eyJ/u.test(value))
        return undefined;
    const url = parseUrl(/^https?:\/\//i.test(value) ? value : `https://${value}`);
    const host = url?.hostname.replace(/\.$/, '') ?? '';
    return HOSTNAME.test(host) && (0,(external_node_net_namespaceObject()).isIP)(host) === 0 ? host : undefined;
}

;// CONCATENATED MODULE: ./build/inputs/origin.js





const INCOMPLETE = /(^|\.)-|-(\.|$)|(^|\.)undefined([.-]|$)|-undefined(--|\.|$)/;
function parseOrigin(value) {
    const url = /^https?:\/\/[^\s\p{C}\\,]{1,2000}$/iu.test(value) ? parseUrl(value) : undefined;
    const problem = url ? origin_problemOf(url) : 'is not an HTTPS address';
    if (url !== undefined && problem === undefined)
        return url.origin;
    throw new ActionError(`origin ${shown(value)} ${problem}. Set it to an address such as https://pr-7.example.com.`);
}
function origin_problemOf({ protocol, username, password, hostname, origin }) {
    if (username + password !== '')
        return 'contains a username or a password';
    if (protocol === 'http:')
        return 'uses plain HTTP, which is not allowed';
    if (hostname.includes('*') && !mistakeIn(hostname))
        return 'contains a wildcard, which is not allowed';
    if (isLoopback(hostname) || /\.localhost$/.test(hostname))
        return 'is a local address, which is not allowed';
    if (INCOMPLETE.test(hostname))
        return 'looks incomplete: an expression in it may be empty';
    return types_isOrigin(origin) && !mistakeIn(origin) ? undefined : 'does not have a valid hostname';
}

;// CONCATENATED MODULE: ./build/inputs/values.js



const KEY_ID = /^(?!(steps|needs|jobs|matrix|github|env|vars|inputs|secrets)\.)(?=.*[^\W_])[\w.:~-]{1,63}$/i;
const KEY_VALUE = /^["'`]?[\w-]{64}["'`]?$/;
function parseKeyId(input, value, hint = '') {
    if (types_isId(value) && KEY_ID.test(value) && mistakeIn(value) === undefined)
        return value;
    const what = KEY_VALUE.test(value) ? 'contains the key itself, not its ID' : `${shown(value)} is not a key ID`;
    throw new ActionError(`${input} ${what}. Set it to the key's ID, from the key-id output or the job summary.${hint}`);
}
function parseKeyIds(input, value) {
    const parts = parseList(input, value);
    if (parts.length === 0)
        return [parseKeyId(input, '', ' To keep no keys, set it to `none`.')];
    const ids = parts.map(each => parseKeyId(input, each, ' Separate several IDs with commas or line breaks.'));
    return [...new Map(ids.map(id => [id.toLowerCase(), id])).values()];
}
function parseList(input, value) {
    const mayHoldPassword = /^[^:]*:.*@/s.test(value) && /[,\r\n]/.test(value);
    if (mayHoldPassword || /^(\[(?!object )|- )/.test(value)) {
        throw new ActionError(`${input} ${shown(value)} is not a list. Separate values with commas or line breaks only.`);
    }
    return [...new Set(value.split(/[,\r\n]/).map(part => part.trim()))].filter(part => part !== '');
}
function parseFlag(input, value) {
    const word = value.replace(/^(True|TRUE|False|FALSE)$/, titled => titled.toLowerCase());
    return parseChoice(input, word, ['false', 'true']) === 'true';
}
function parseChoice(input, value, allowed) {
    const found = allowed.find(each => each === (value || allowed[0]));
    if (found !== undefined)
        return found;
    const words = new Intl.ListFormat('en', { type: 'disjunction' }).format(allowed);
    throw new ActionError(`${input} is ${shown(value)}. Set it to ${words}.`);
}

;// CONCATENATED MODULE: ./build/inputs/read.js








const GUARDS = ['warn', 'fail', 'allow'];
const SELECTORS = ['key-id', 'origin', 'name', 'expired', 'closed', 'older-than'];
const needsName = (input) => new ActionError(`${input} requires the name input. Set name, or remove ${input}.`);
function readKeyInputs(source) {
    const common = readCommonInputs(source);
    const rotate = parseFlag('rotate', source.getInput('rotate'));
    if (rotate && !common.naming)
        throw needsName('rotate');
    const given = source.getInput('key-id');
    if (given !== '' && common.naming)
        throw new ActionError("key-id and name can't be combined. Set only one of them.");
    const keyId = given === '' ? undefined : parseKeyId('key-id', given);
    return { ...common, wanted: { kind: 'key' }, keyId, rotate };
}
function readOriginInputs(source) {
    const common = readCommonInputs(source);
    return { ...common, wanted: { kind: 'origin', value: parseOrigin(source.getInput('origin')) } };
}
function readCommonInputs(source) {
    const { getInput } = source;
    const common = { ...readAccess(source), naming: readNaming(source) };
    const revoke = parseChoice('revoke', getInput('revoke'), ['never', 'on-failure', 'after-job']);
    if (common.naming && revoke !== 'never') {
        const fix = 'Remove revoke and use the revoke action with this name, or remove name.';
        throw new ActionError(`name and \`revoke: ${revoke}\` can't be combined, because runs may share the name. ${fix}`);
    }
    const firstControl = parseChoice('first-control', getInput('first-control'), GUARDS);
    const waitFor = getInput('wait-for');
    return { ...common, revoke, firstControl, waitFor: waitFor === '' ? undefined : parseContentPath(waitFor) };
}
function readAccess({ getInput, masks, env }) {
    const jwt = readJwt(getInput, masks, env);
    return { gateway: parseGatewayRef(getInput('gateway-id')), jwt, apiUrl: parseApiUrl(getInput('api-url')) };
}
function readNaming({ getInput, masks }) {
    const [name, expiresIn] = [getInput('name'), getInput('expires-in')];
    if (name === '' && expiresIn !== '')
        throw needsName('expires-in');
    if (name === '')
        return undefined;
    const expiresInMs = expiresIn === '' ? undefined : parseDuration('expires-in', expiresIn, 365);
    return { name: parseName(name), expiresInMs, token: readGitHubToken(getInput, masks) };
}
function readRevokeInputs(source) {
    return {
        ...readAccess(source),
        selector: readSelector(source),
        keep: readUnlessNone('keep', parseKeyIds, source) ?? [],
        dryRun: parseFlag('dry-run', source.getInput('dry-run')),
        lastControl: parseChoice('last-control', source.getInput('last-control'), GUARDS),
    };
}
function readUnlessNone(input, parse, { getInput, env }) {
    const value = getInput(input) || (env[`INPUT_${input.toUpperCase()}`] ?? 'none');
    return value === 'none' ? undefined : parse(input, value);
}
function readSelector(source) {
    const { getInput, masks } = source;
    const isGiven = (value) => /[^\s,]/.test(value);
    const given = SELECTORS.filter(by => (by === 'expired' ? parseFlag(by, getInput(by)) : isGiven(getInput(by))));
    const [by] = given;
    if (by === undefined || given.length > 1) {
        const none = 'No input selects what to revoke, or an input uses an output that was not set.';
        const why = by ? `${new Intl.ListFormat('en').format(given)} can't be combined.` : none;
        throw new ActionError(`${why} Set exactly one of key-id, origin, name, \`expired: true\`, closed, and older-than.`);
    }
    const replacedBy = readUnlessNone('replaced-by', parseKeyId, source);
    if (replacedBy && by !== 'name')
        throw needsName('replaced-by');
    const value = getInput(by);
    if (by === 'key-id')
        return { by, keyIds: parseKeyIds(by, value) };
    if (by === 'origin')
        return { by, origins: [...new Set(parseList(by, value).map(parseOrigin))] };
    if (by === 'older-than')
        return { by, ms: parseDuration(by, value), age: value };
    const token = readGitHubToken(getInput, masks);
    if (by === 'closed')
        return { by, pattern: parseNamePattern(value), token };
    if (by === 'expired')
        return { by, token };
    return { by, names: parseList(by, value).map(parseName), replacedBy, token };
}

;// CONCATENATED MODULE: ./build/post/run.js











const REVOCATION_LIMIT_MS = 3 * 60_000;
async function runPostStep(plan, step) {
    if (plan.phase === 'unreadable' || plan.phase === 'unclear')
        return step.log.warning(failureOf(plan));
    const deadline = new Deadline(step.clock, REVOCATION_LIMIT_MS);
    const { getInput } = step.core;
    reply_unlessItThrows(() => readJwt(getInput, step.masks, 'post step'));
    const open = () => {
        const credentials = { apiUrl: parseApiUrl(getInput('api-url')), jwt: readJwt(getInput, step.masks, 'post step') };
        return openPinata(credentials, backoffFor('Pinata', deadline, step, step.graceEnded), step);
    };
    try {
        if (plan.phase === 'creating')
            await reportUnclaimed(open(), plan, step);
        else if (plan.phase === 'ready' || !(await isRecorded(plan, open, step)))
            await revokeControl(plan, open(), step);
    }
    catch (error) {
        step.log.warning(failureOf(plan, ` ${messageOf(error)}`));
    }
}
async function isRecorded({ record, gateway, control }, open, step) {
    if (record === undefined)
        return false;
    try {
        const token = readGitHubToken(step.core.getInput, step.masks);
        const lookup = cleanupBackoff(step, 'GitHub', step.lookupEnded);
        const records = openRecords(token, gateway.id, lookup, step);
        const { records: found, hasProof } = await records.find(record.name, record.proof);
        if (found.length === 0)
            return false;
        if (!hasProof) {
            const pinata = open().with(backoffFor('Pinata', lookup.deadline, step, step.graceEnded));
            const isRenewed = async () => {
                const { proven } = records.partition(found, controlsOf(await pinata.gateway(gateway.id)));
                return proven.some(each => idOf(each.control) === idOf(control));
            };
            if (!(await isRenewed()) && !(await isRenewed()))
                return false;
        }
    }
    catch (error) {
        step.log.info(`Could not look up the record for the name ${record.name}. ${messageOf(error)}`);
        return false;
    }
    const why = `it is recorded under the name ${record.name}, so other runs may use it.`;
    step.log.info(`Kept ${control.kind} ${control.subject} on gateway ${gatewayName(gateway)}: ${why}`);
    return true;
}
async function revokeControl(state, pinata, step) {
    const { gateway, control } = state;
    const removal = await resultOf(pinata.remove(gateway.id, control));
    const hasFailed = removal instanceof ActionError;
    if (!hasFailed)
        reportRevoked(removal === 'revoked', state, step);
    await warnIfUnprotected({ pinata, address: gateway, step }, hasFailed ? removal : [control]);
    if (hasFailed)
        throw removal;
}
function reportRevoked(wasListed, { gateway, control, phase }, step) {
    const { kind, subject } = control;
    const { heading, column, revoked, created } = LABELS[kind];
    const name = gatewayName(gateway);
    const done = kind === 'key' ? `Revoked key ${subject} on` : `Removed origin ${subject} from`;
    const why = phase === 'created' ? `, because the step that ${created} it failed` : '';
    const sentence = wasListed ? `The post step ${revoked} the ${kind}${why}.` : `The ${kind} was already ${revoked}.`;
    if (wasListed)
        step.log.info(`${done} gateway ${name}.`);
    else
        step.log.info(`Gateway ${name} has no ${kind} ${subject}. ${sentence}`);
    const items = Object.entries({ Gateway: gatewayCell(gateway), [column]: code(subject) });
    addToSummary(step, section(`${heading} ${revoked}`, sentence) + table(['Item', 'Value'], items));
}
function failureOf(plan, why = '') {
    if (plan.phase === 'unreadable')
        return "Could not read the state that the step saved, so the post step did nothing. If the step's log shows a new key or origin, revoke the key or remove the origin with the revoke action or in Pinata.";
    if (plan.phase === 'creating')
        return uncheckedSentence(plan, why);
    const { control, gateway } = plan;
    const { revoke } = LABELS[control.kind];
    const keyOrOrigin = `${control.kind} ${control.subject} on gateway ${gatewayName(gateway)}`;
    const advice = `To ${revoke} the ${control.kind}, use the revoke action or Pinata.`;
    if (plan.phase === 'unclear')
        return `The post step did not ${revoke} ${keyOrOrigin}: revoke is set to on-failure, but job-status is not success, failure, or cancelled. Do not set job-status. ${advice}`;
    return `The post step may have left ${keyOrOrigin}.${why} ${advice}`;
}

;// CONCATENATED MODULE: ./build/preview/inputs-and-event.js









const FORWARDED = ['gateway-id', 'pinata-jwt', 'api-url', 'github-token', 'first-control', 'last-control', 'wait-for'];
function readPreviewInputs(source) {
    const { getInput, masks, env } = source;
    readJwt(getInput, masks, env);
    const { name, isClosed } = decidePreview(getInput('name'), env);
    const expiresIn = getInput('expires-in') || '14d';
    const own = { name, 'expires-in': expiresIn, 'replaced-by': 'none', keep: 'none' };
    const forward = (input) => (FORWARDED.includes(input) ? getInput(input) : (own[input] ?? ''));
    const forwarded = { ...source, getInput: forward };
    const closing = readRevokeInputs(forwarded);
    if (isClosed)
        return { name, isClosed, closing, getting: [] };
    const origins = new Set(parseList('origin', getInput('origin')).map(parseOrigin));
    const hasKey = parseFlag('key', getInput('key') || String(origins.size === 0));
    const getting = hasKey ? [readKeyInputs(forwarded)] : [];
    for (const value of origins)
        getting.push({ ...readCommonInputs(forwarded), wanted: { kind: 'origin', value } });
    if (getting.length > 0)
        return { name, isClosed, closing, getting };
    throw new ActionError('The key input is false, and the origin input is empty. Set origin, or set key to true.');
}
function decidePreview(given, env) {
    const { GITHUB_EVENT_NAME: eventName = '' } = env;
    if (!/^pull_request(_target)?$/.test(eventName)) {
        if (given !== '')
            return { name: parseName(given), isClosed: false };
        const run = `it has no default in a run triggered by ${oneLine(eventName, 40) || 'an unknown event'}`;
        throw new ActionError(`The name input is empty, and ${run}. Set name, or run the step on pull_request events only.`);
    }
    const event = readEvent(env);
    const pullRequest = field(event, 'pull_request');
    const number = field(pullRequest, 'number');
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) {
        const advice = 'Run the step in a GitHub Actions workflow, and do not set GITHUB_EVENT_NAME or GITHUB_EVENT_PATH.';
        throw new ActionError(`Could not read the pull request number from the file at GITHUB_EVENT_PATH. ${advice}`);
    }
    const isClosed = field(event, 'action') === 'closed' || field(pullRequest, 'state') === 'closed';
    return { name: parseName(given || `pr-${number}`), isClosed };
}

;// CONCATENATED MODULE: ./build/revoke/closed.js





const CLOSED_MS = 3_600_000;
const MAX_CHECKED = 300;
const CHECK_LIMIT_MS = 10 * 60_000;
async function findClosed(pattern, client, step) {
    const deadline = new Deadline(step.clock, CHECK_LIMIT_MS);
    const records = client.with(backoffFor('GitHub', deadline, step));
    const all = await records.find(undefined);
    const names = [...new Set(all.records.map(({ name }) => name).reverse())].filter(name => pullRequestIn(name, pattern));
    const isPartial = !all.isComplete || names.length > MAX_CHECKED;
    const start = names.length > MAX_CHECKED ? Math.floor(step.clock.random() * names.length) : 0;
    const found = { closed: [], open: [], unclear: [] };
    const [lists, failed] = [[], []];
    let error;
    const check = async (name) => {
        const status = await statusOf(pullRequestIn(name, pattern), records);
        if (status === 'closed')
            lists.push(await records.find(name));
        found[status].push(name);
    };
    for (const name of [...names.slice(start), ...names.slice(0, start)].slice(0, MAX_CHECKED)) {
        const isLast = error && (error.kind === 'rate-limited' || deadline.left === 0);
        const failure = isLast ? error : await resultOf(check(name));
        if (failure === undefined)
            continue;
        if (['unauthorized', 'forbidden'].includes(failure.kind))
            throw failure;
        error = failure;
        failed.push(name);
    }
    report(found, pattern, step.log);
    const why = `Could not check pull requests or records, so nothing was revoked for ${listOf(failed)}.`;
    return { lists, isPartial, error: error && new ActionError(`${why} ${error.message}`, error.kind) };
}
async function statusOf(number, { github }) {
    const { state, closedAt, readAtMs = Number.NaN } = (await github.pullRequest(number)) ?? { state: undefined };
    if (state === 'open')
        return 'open';
    const closedForMs = readAtMs - Date.parse(typeof closedAt === 'string' ? closedAt : '');
    if (state !== 'closed' || Number.isNaN(closedForMs))
        return 'unclear';
    return closedForMs > CLOSED_MS ? 'closed' : 'open';
}
function report({ closed, open, unclear }, pattern, log) {
    log.info(`Names that match ${pattern} and whose pull requests were closed more than an hour ago: ${listOf(closed)}.`);
    if (open.length > 0)
        log.info(`Skipped names whose pull requests are open or were closed less than an hour ago: ${listOf(open)}.`);
    const why = 'GitHub has no such pull request, or does not report when the pull request closed.';
    const advice = 'To revoke keys and origins by name, set the name input instead of closed.';
    if (unclear.length > 0)
        log.warning(`Nothing was revoked for ${listOf(unclear)}: ${why} ${advice}`);
}

;// CONCATENATED MODULE: ./build/revoke/context.js
const OUTCOMES = {
    revoked: ['revoked', ''],
    'would be revoked': ['would be revoked', ' (dry run)'],
    'not revoked': ['not revoked', ''],
    selected: ['skipped', ' because of an earlier error'],
    'not listed': ['not on the gateway', ''],
    kept: ['kept', ', because keep contains it'],
    'not selected': ['not selected', ', because {reason}'],
};
function withOutcome(items, ...outcomes) {
    return items.filter(({ outcome }) => outcomes.includes(outcome));
}

;// CONCATENATED MODULE: ./build/revoke/last-control.js






function guardLastControl({ items, gateway, address, inputs }) {
    const ids = new Set(withOutcome(items, 'selected').map(({ control }) => control && idOf(control)));
    const removed = controlsOf(gateway).filter(control => ids.has(idOf(control))).length;
    if (removed !== gateway.controlCount)
        return undefined;
    const isRefused = inputs.lastControl === 'fail';
    if (removed === 0 && isRefused)
        for (const item of withOutcome(items, 'selected'))
            item.outcome = 'not listed';
    if (removed === 0 || !(isRefused || inputs.dryRun))
        return undefined;
    const name = gatewayName(address);
    const refused = isRefused ? ' Because last-control is set to fail, a real run would fail and revoke nothing.' : '';
    if (inputs.dryRun)
        return `This would leave gateway ${name} without access controls.${refused}`;
    const effect = `gateway ${name} would have no access controls left, so anyone could read its pinned content.`;
    const advice = 'Create another key first, or set last-control to allow.';
    throw new ActionError(`Nothing was revoked: last-control is set to fail, and ${effect} ${advice}`);
}
function reportLastControl(after, { address, inputs, step }) {
    const sentence = unprotectedSentence(after, address);
    if (sentence === undefined)
        return undefined;
    const advice = ' To prevent this in the future, keep another key or origin, or set last-control to fail. To allow this without a warning, set last-control to allow.';
    if (inputs.lastControl === 'warn')
        step.log.warning(after instanceof ActionError ? sentence : sentence + advice);
    else
        addToSummary(step, `\n${code(sentence)}\n`);
    if (inputs.lastControl === 'allow')
        step.log.info(sentence);
    return inputs.lastControl === 'fail' ? new ActionError(sentence) : undefined;
}

;// CONCATENATED MODULE: ./build/revoke/outputs.js



async function setRevokeOutputs({ items, gateway, step }) {
    const revoked = withOutcome(items, 'revoked');
    const subjectsOf = (kind) => revoked.filter(item => item.kind === kind).map(({ subject }) => subject);
    const gone = new Set(withOutcome(items, 'revoked', 'not listed').map(({ control }) => control && idOf(control)));
    const left = new Set(gateway.origins.filter(entry => !gone.has(idOf(entry))).map(({ subject }) => subject));
    const keyIds = subjectsOf('key');
    const outputs = {
        'revoked-key-ids': keyIds.join('\n'),
        'revoked-count': String(keyIds.length),
        'removed-origins': [...new Set(subjectsOf('origin'))].filter(origin => !left.has(origin)).join('\n'),
    };
    setAll(outputs, step.core.setOutput, 'Could not set the outputs (the log shows what was revoked)');
}

;// CONCATENATED MODULE: ./build/revoke/report.js






const REVOKE_HEADING = 'Pinata gateway access';
const MAX_ROWS = 800;
const MAX_LINES = 120;
const IN_SUMMARY = ' (see the job summary)';
function reportOutcomes(context, note = '') {
    const { items, address, step } = context;
    const sorted = Object.keys(OUTCOMES).flatMap(outcome => withOutcome(items, outcome));
    for (const item of sorted.slice(0, MAX_LINES)) {
        const name = item.name ? ` (${item.name})` : '';
        step.log.info(`${LABELS[item.kind].title} ${item.subject}${name}: ${describe(item)}.`);
    }
    if (items.length > MAX_LINES)
        step.log.info(`And ${count(items.length - MAX_LINES, 'more result')}${IN_SUMMARY}.`);
    const counts = countsOf(sorted);
    step.log.info(`Gateway ${gatewayName(address)}: ${counts}.`);
    if (note)
        step.log.info(note);
    addToSummary(step, section(REVOKE_HEADING, `Gateway ${gatewayCell(address)}: ${counts}.${note && ` ${note}`}`) + tableOf(sorted));
    warnOfMissing(context);
}
function describe(item) {
    return labelOf(item) + OUTCOMES[item.outcome][1].replace('{reason}', item.reason ?? '');
}
function labelOf({ kind, outcome }) {
    return OUTCOMES[outcome][0].replace('revoked', LABELS[kind].revoked);
}
function countsOf(sorted) {
    const counts = [...groupBy(sorted, ({ kind }) => kind)].flatMap(([kind, ofKind]) => [...groupBy(ofKind, labelOf)].map(([label, { length }]) => `${count(length, kind)} ${label}`));
    return counts.join(', ') || 'no keys or origins selected';
}
function tableOf(items) {
    if (items.length === 0)
        return '';
    const rows = items.slice(0, MAX_ROWS).map(item => {
        const created = readableTime(item.control?.createdAt ?? '');
        return [code(item.subject), item.name ? code(item.name) : '', created, describe(item)];
    });
    const more = items.length > MAX_ROWS ? `\n\u2026and ${count(items.length - MAX_ROWS, 'more result')}.\n` : '';
    return table(['Key ID or origin', 'Name', 'Created', 'Result'], rows) + more;
}
function warnOfMissing({ items, address, inputs: { selector }, step }) {
    const missing = withOutcome(items, 'not listed');
    if (missing.length === 0 || (selector.by !== 'key-id' && selector.by !== 'origin'))
        return;
    const { revoked } = LABELS[selector.by === 'origin' ? 'origin' : 'key'];
    step.log.warning(`Gateway ${gatewayName(address)} does not list ${subjectsOf(missing, IN_SUMMARY)}. If you haven't already ${revoked} ${missing.length === 1 ? 'it' : 'them'}, check ${selector.by} and gateway-id.`);
}
function failuresOf({ items, partialNames }, why) {
    const left = withOutcome(items, 'not revoked', 'selected');
    const failed = `Could not revoke everything (${countsOf(left)}): ${subjectsOf(left, IN_SUMMARY)}. ${why?.message ?? ''}`;
    const partial = `Nothing was revoked for ${listOf(partialNames)}: GitHub's list of the records is incomplete or keeps changing. Run the job again.`;
    return [left.length > 0 && new ActionError(failed), partialNames.length > 0 && new ActionError(partial)];
}
function subjectsOf(items, hint = '') {
    return listOf([...new Set(items.map(({ subject }) => subject))], hint);
}

;// CONCATENATED MODULE: ./build/revoke/select.js






function select_select(selector, gateway, recorded) {
    const noRecords = { unlistedRecords: [], supersededRecords: [], nowMs: Number.NaN };
    if (selector.by === 'key-id')
        return { ...noRecords, items: selectKeys(selector.keyIds, gateway) };
    if (selector.by === 'origin')
        return { ...noRecords, items: selectOrigins(selector.origins, gateway) };
    if (selector.by === 'older-than')
        return { ...noRecords, items: selectOlder(selector, gateway) };
    if (selector.by === 'expired')
        return selectExpired(gateway, recorded);
    return selectNames(selector.by === 'name' ? selector.replacedBy : undefined, recorded);
}
function applyKeep({ items, gateway, address, inputs: { keep } }) {
    const listed = new Set(gateway.keys.map(({ subject }) => subject.toLowerCase()));
    const missing = keep.filter(id => !listed.has(id.toLowerCase()));
    const why = `gateway ${gatewayName(address)} does not list ${listOf(missing)}.`;
    const advice = 'Correct any mistyped IDs in the keep input, and delete the IDs of revoked keys. If neither applies, run the job again.';
    if (missing.length > 0)
        throw new ActionError(`Nothing was revoked: ${why} ${advice}`);
    const kept = new Set(keep.map(id => id.toLowerCase()));
    for (const item of items)
        if (kept.has(item.subject.toLowerCase()))
            item.outcome = 'kept';
}
function itemOf(control, records = [], reason) {
    const outcome = reason === undefined ? 'selected' : 'not selected';
    return { kind: control.kind, subject: control.subject, name: records[0]?.name, control, records, outcome, reason };
}
function selectKeys(keyIds, { keys }) {
    const byId = new Map(keys.map(key => [key.subject.toLowerCase(), key]));
    return keyIds.map(id => itemOf(byId.get(id.toLowerCase()) ?? { kind: 'key', subject: id, secret: undefined }));
}
function selectOrigins(values, { origins }) {
    return values.flatMap(subject => {
        const items = origins.filter(entry => entry.subject === subject).map(entry => itemOf(entry));
        return items.length > 0 ? items : { kind: 'origin', subject, records: [], outcome: 'not listed' };
    });
}
function selectOlder({ ms, age }, { keys, readAtMs }) {
    if (readAtMs === undefined)
        throw noDate('Pinata', 'api-url');
    return keys.map(key => itemOf(key, [], whyNotOlder(key, readAtMs - ms, age)));
}
function whyNotOlder({ createdAt }, limitMs, limit) {
    const createdAtMs = Date.parse(createdAt);
    if (Number.isNaN(createdAtMs))
        return 'Pinata returned no valid creation time';
    if (Number.isNaN(limitMs))
        return `Pinata returned no valid creation time for ${limit}`;
    return createdAtMs < limitMs ? undefined : `it is not older than ${limit}`;
}
function compare(lists, gateway, records) {
    const compared = lists.map(list => ({ list, ...records.partition(list.records, controlsOf(gateway)) }));
    records.warnOfUnproven(compared.flatMap(({ unproven }) => unproven));
    return compared.map(({ proven, ...rest }) => ({ groups: [...groupBy(proven, ({ control }) => control)], ...rest }));
}
function selectNames(replacedBy, recorded) {
    const [items, unlistedRecords] = [[], []];
    for (const { list, groups, unlisted } of recorded) {
        if (!list.isComplete)
            continue;
        const replacement = groups.find(([control]) => control.subject.toLowerCase() === replacedBy?.toLowerCase())?.[0];
        const why = `key ${replacedBy} in replaced-by is not on the gateway or is not recorded under the name ${list.name}.`;
        const advice = 'Check the replaced-by, name, and gateway-id inputs. If they are correct, run the job again.';
        if (replacedBy && !replacement)
            throw new ActionError(`Nothing was revoked: ${why} ${advice}`);
        for (const [control, records] of groups) {
            if (replacement && (control.kind === 'origin' || control === replacement))
                continue;
            const reason = replacement && whyNotOlder(control, Date.parse(replacement.createdAt), `key ${replacedBy}`);
            items.push(itemOf(control, records, reason));
        }
        if (!replacement)
            unlistedRecords.push(...unlisted);
    }
    return { items, unlistedRecords, supersededRecords: [], nowMs: recorded[0]?.list.readAtMs ?? Number.NaN };
}
function selectExpired(gateway, [compared]) {
    if (gateway.readAtMs === undefined)
        throw noDate('Pinata', 'api-url');
    if (compared?.list.readAtMs === undefined)
        throw noDate('GitHub', 'GITHUB_API_URL');
    const nowMs = Math.min(compared.list.readAtMs, gateway.readAtMs);
    const items = compared.groups.map(([control, records]) => itemOf(control, records, reasonToSkip(records, nowMs)));
    const unlistedRecords = compared.unlisted.filter(record => reasonToSkip([record], nowMs) === undefined);
    const supersededRecords = withOutcome(items, 'not selected').flatMap(({ records }) => {
        const latestMs = latestExpiry(records);
        return records.filter(({ expiresAtMs }) => expiresAtMs < latestMs);
    });
    return { items, unlistedRecords, supersededRecords, nowMs };
}
function reasonToSkip(records, nowMs) {
    if (records.length === 0)
        return 'GitHub no longer lists its record';
    const expiresAtMs = latestExpiry(records);
    if (!Number.isFinite(expiresAtMs))
        return 'it does not expire';
    if (expiresAtMs + SWEEP_AFTER_MS < nowMs)
        return undefined;
    const time = readableTime(expiresAtMs);
    return expiresAtMs > nowMs ? `it expires at ${time}` : `it expired at ${time}, less than an hour ago`;
}
function noDate(server, setting) {
    const why = `${server} sent no valid Date header, so the current time is unknown.`;
    const advice = `Check ${setting}, and check whether a proxy is responding instead of ${server}.`;
    return new ActionError(`Nothing was revoked: ${why} ${advice}`);
}

;// CONCATENATED MODULE: ./build/revoke/revoke.js














async function revoke(inputs, step) {
    const clients = await openClients(inputs, step);
    const { lists, partialNames, unchecked } = await readRecords(clients, inputs);
    const gateway = await revoke_readGateway(clients, inputs);
    const recorded = clients.records ? compare(lists, gateway, clients.records) : [];
    const selection = select_select(inputs.selector, gateway, recorded);
    const address = { ...clients.address, url: clients.address.url || gateway.url };
    const context = { ...clients, ...selection, inputs, gateway, address, partialNames, mayHaveRemoved: false };
    applyKeep(context);
    const dryRunNote = guardLastControl(context);
    if (inputs.dryRun) {
        for (const item of withOutcome(selection.items, 'selected')) {
            item.outcome = item.control?.createdAt === undefined ? 'not listed' : 'would be revoked';
        }
    }
    const error = await revokeNames(context);
    const revoked = withOutcome(selection.items, 'revoked').flatMap(({ control }) => control ?? []);
    context.deadline.extend(CLEANUP_LIMIT_MS);
    const pinata = clients.pinata.with(backoffFor('Pinata', context.deadline, step, step.graceEnded));
    const after = context.mayHaveRemoved ? await readTwiceIfEmpty(pinata, address, revoked) : undefined;
    const incomplete = inputs.dryRun ? undefined : await removeRecords(context, after);
    reportOutcomes(context, dryRunNote);
    const unprotected = after && reportLastControl(after, context);
    const outputs = await resultOf(setRevokeOutputs(context));
    const results = [...failuresOf(context, error), unchecked, unprotected ?? incomplete, outputs];
    const [failure, ...others] = results.filter(each => each instanceof ActionError);
    for (const { message } of others)
        step.log.warning(message);
    if (failure !== undefined)
        throw failure;
}
async function readRecords({ records, step }, { selector }) {
    if (records === undefined)
        return { lists: [], partialNames: [] };
    const closed = selector.by === 'closed' ? await findClosed(selector.pattern, records, step) : undefined;
    const lists = closed?.lists ?? [];
    if (selector.by === 'name')
        for (const name of selector.names)
            lists.push(await records.find(name));
    if (selector.by === 'expired')
        lists.push(await records.find(undefined));
    if (closed?.isPartial || (selector.by === 'expired' && !lists[0]?.isComplete)) {
        const advice = `Run the job again, or set the name input instead of ${selector.by}.`;
        step.log.warning(`GitHub has more records than this step can check, so some names were skipped. ${advice}`);
    }
    for (const { name, isComplete, records: found, hasOtherGateways } of lists) {
        if (!name || !isComplete || found.length > 0)
            continue;
        if (hasOtherGateways)
            step.log.warning(`Nothing was revoked for ${name}: all its records are for another gateway. Check gateway-id.`);
        else
            step.log.info(`No key or origin is recorded under ${name}.`);
    }
    const partialNames = lists.flatMap(({ name, isComplete }) => (name && !isComplete ? name : []));
    return { lists, partialNames, unchecked: closed?.error };
}
async function revoke_readGateway({ pinata, address }, inputs) {
    const { dryRun, keep, lastControl, selector } = inputs;
    const mustKeepLast = lastControl === 'fail';
    const result = await (mustKeepLast ? readTwiceIfEmpty(pinata, address) : resultOf(pinata.gateway(address.id)));
    if (!(result instanceof ActionError))
        return { ...result, origins: result.origins.map(normalized) };
    const isRejected = ['unauthorized', 'forbidden', 'not-found'].includes(result.kind);
    if (selector.by !== 'key-id' || dryRun || mustKeepLast || keep.length > 0 || isRejected)
        throw result;
    const keys = selector.keyIds.map(id => ({ kind: 'key', subject: id, secret: undefined, createdAt: '' }));
    return { url: '', keys, origins: [], controlCount: Number.POSITIVE_INFINITY, readAtMs: undefined };
}
function normalized(entry) {
    const url = parseUrl(entry.subject);
    return url?.href === `${url?.origin}/` ? { ...entry, subject: url.origin } : entry;
}
async function revokeNames(context) {
    const selected = withOutcome(context.items, 'selected');
    context.deadline.extend(selected.length * EXTRA_LIMIT_MS);
    let firstError;
    for (const [name, group] of groupBy(selected, item => item.name)) {
        const readError = await resultOf(skipRenewed(name, group, context));
        firstError ??= readError;
        if (isRefusal(readError))
            return readError;
        if (readError !== undefined)
            continue;
        for (const item of withOutcome(group, 'selected')) {
            if (context.step.stopped.aborted)
                return new ActionError(`${STOPPED} Run the job again.`);
            const error = await revokeItem(item, context);
            firstError ??= error;
            if (isRefusal(error))
                return error;
        }
    }
    return firstError;
}
async function skipRenewed(name, group, context) {
    const { records, inputs, nowMs } = context;
    if (!records || !name || inputs.selector.by !== 'expired')
        return;
    const again = await records.find(name);
    if (!again.isComplete)
        context.partialNames.push(name);
    const controls = group.map(({ control }) => control);
    const proven = groupBy(records.partition(again.records, controls).proven, ({ control }) => control);
    for (const item of group) {
        item.records = proven.get(item.control) ?? [];
        item.reason = again.isComplete ? reasonToSkip(item.records, nowMs) : "GitHub's list of records is incomplete";
        if (item.reason !== undefined)
            item.outcome = 'not selected';
    }
}
async function revokeItem(item, context) {
    const { pinata, address, records } = context;
    if (item.control === undefined)
        return undefined;
    const result = await resultOf(pinata.remove(address.id, item.control));
    if (result instanceof ActionError) {
        item.outcome = 'not revoked';
        context.mayHaveRemoved ||= !isRefusal(result);
        return result;
    }
    item.outcome = result === 'in doubt' ? 'not listed' : result;
    context.mayHaveRemoved ||= result !== 'not listed' || item.control.createdAt !== undefined;
    const error = await records?.remove(item.records);
    return error?.kind === 'rate-limited' ? error : undefined;
}
async function removeRecords(context, after) {
    const { gateway, records, unlistedRecords, supersededRecords, partialNames, nowMs, pinata, address, step } = context;
    if (records === undefined)
        return undefined;
    const later = after ?? (unlistedRecords.length > 0 ? await resultOf(pinata.gateway(address.id)) : gateway);
    if (later instanceof ActionError) {
        const failed = `Could not check whether the gateway still has ${subjectsOf(unlistedRecords)}.`;
        return unlistedRecords.length > 0 ? new ActionError(`${failed} ${later.message}`) : undefined;
    }
    const { unlisted, proven: hidden } = records.partition(unlistedRecords, controlsOf(later));
    const isOld = ({ createdAtMs }) => nowMs - createdAtMs > OLD_RECORD_MS;
    const leftovers = [...supersededRecords, ...unlisted].filter(each => isOld(each) && !partialNames.includes(each.name));
    const error = await records.remove(leftovers);
    const why = `Pinata's list for the gateway was incomplete (it lacked ${subjectsOf(hidden)}). Run the job again.`;
    if (hidden.length > 0)
        return new ActionError(`Could not revoke everything: ${why}`);
    const listed = new Set(controlsOf(gateway).map(({ subject }) => subject));
    const young = unlisted.filter(record => !isOld(record) && !listed.has(record.subject));
    const unclear = `${subjectsOf(young)}, whose records may be less than an hour old`;
    const advice = "Pinata's list may lag, so run the job again in an hour.";
    if (young.length > 0)
        step.log.warning(`The gateway does not list ${unclear}. ${advice}`);
    if (leftovers.length > 0 && !error)
        step.log.info(`Removed ${count(leftovers.length, 'unneeded record')}.`);
    return undefined;
}

;// CONCATENATED MODULE: ./build/preview/preview.js








const PREVIEW_HEADING = 'Pinata preview';
async function preview({ name, isClosed, closing, getting }, step) {
    const { setOutput } = step.core;
    const quietStep = { ...step, core: { ...step.core, setOutput: () => { } } };
    if (isClosed) {
        await revoke(closing, quietStep);
        return setAll(mergedOutputs([], isClosed), setOutput, 'The preview is closed, but the outputs could not be set');
    }
    const clients = await openClients(closing, quietStep);
    const provided = [];
    for (const inputs of getting)
        provided.push(await provide(inputs, clients));
    const outputs = mergedOutputs(provided, isClosed);
    setAll(outputs, setOutput, `Access for ${name} is ready, but the outputs could not be set`);
    const gateway = gatewayCell({ id: outputs['gateway-id'], url: outputs['gateway-url'] });
    const expires = outputs['expires-at'] ? readableTime(outputs['expires-at']) : 'never';
    const rows = [['Gateway', gateway], ['Name', code(name)], ...provided.flatMap(rowsOf)];
    if (provided.some(({ named }) => named))
        rows.push(['Expires', expires]);
    const heading = section(PREVIEW_HEADING, 'The preview can read from the gateway now.');
    addToSummary(step, heading + table(['Item', 'Value'], rows));
}
function mergedOutputs(provided, isClosed) {
    const each = provided.map(outputsOf);
    const valuesOf = (output) => each.map(outputs => outputs[output] ?? '').filter(Boolean);
    const firstOf = (output) => valuesOf(output)[0] ?? '';
    return {
        'gateway-key': firstOf('gateway-key'),
        'key-id': firstOf('key-id'),
        origin: valuesOf('origin').join('\n'),
        'gateway-id': firstOf('gateway-id'),
        'gateway-url': firstOf('gateway-url'),
        'expires-at': valuesOf('expires-at').sort()[0] ?? '',
        created: String(provided.some(({ isNew }) => isNew)),
        closed: String(isClosed),
    };
}
function rowsOf({ control, isNew, served }) {
    const { column, created } = LABELS[control.kind];
    const row = [column, `${code(control.subject)} (${isNew ? created : 'reused'})`];
    return served ? [row, ['Served', served]] : [row];
}

;// CONCATENATED MODULE: external "os"
const external_os_namespaceObject = onFirstUse(() => require("os"));
;// CONCATENATED MODULE: ./build/node_modules/@actions/core/lib/utils.js
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */
/**
 * Sanitizes an input into a string so it can be passed into issueCommand safely
 * @param input input to sanitize into a string
 */
function utils_toCommandValue(input) {
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
function utils_toCommandProperties(annotationProperties) {
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
;// CONCATENATED MODULE: ./build/node_modules/@actions/core/lib/command.js


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
function command_issueCommand(command, properties, message) {
    const cmd = new Command(command, properties, message);
    process.stdout.write(cmd.toString() + (external_os_namespaceObject()).EOL);
}
function command_issue(name, message = '') {
    command_issueCommand(name, {}, message);
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
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A');
}
function escapeProperty(s) {
    return utils_toCommandValue(s)
        .replace(/%/g, '%25')
        .replace(/\r/g, '%0D')
        .replace(/\n/g, '%0A')
        .replace(/:/g, '%3A')
        .replace(/,/g, '%2C');
}
//# sourceMappingURL=command.js.map
;// CONCATENATED MODULE: external "crypto"
const external_crypto_namespaceObject = onFirstUse(() => require("crypto"));
;// CONCATENATED MODULE: external "fs"
const external_fs_namespaceObject = onFirstUse(() => require("fs"));
;// CONCATENATED MODULE: ./build/node_modules/@actions/core/lib/file-command.js
// For internal use, subject to change.
// We use any as a valid input type
/* eslint-disable @typescript-eslint/no-explicit-any */




function file_command_issueFileCommand(command, message) {
    const filePath = process.env[`GITHUB_${command}`];
    if (!filePath) {
        throw new Error(`Unable to find environment variable for file command ${command}`);
    }
    if (!(external_fs_namespaceObject()).existsSync(filePath)) {
        throw new Error(`Missing file at path: ${filePath}`);
    }
    (external_fs_namespaceObject()).appendFileSync(filePath, `${utils_toCommandValue(message)}${(external_os_namespaceObject()).EOL}`, {
        encoding: 'utf8'
    });
}
function file_command_prepareKeyValueMessage(key, value) {
    const delimiter = `ghadelimiter_${(external_crypto_namespaceObject()).randomUUID()}`;
    const convertedValue = utils_toCommandValue(value);
    // These should realistically never happen, but just in case someone finds a
    // way to exploit uuid generation let's not allow keys or values that contain
    // the delimiter.
    if (key.includes(delimiter)) {
        throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
    }
    if (convertedValue.includes(delimiter)) {
        throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
    }
    return `${key}<<${delimiter}${(external_os_namespaceObject()).EOL}${convertedValue}${(external_os_namespaceObject()).EOL}${delimiter}`;
}
//# sourceMappingURL=file-command.js.map
;// CONCATENATED MODULE: external "path"
const external_path_namespaceObject = onFirstUse(() => require("path"));
;// CONCATENATED MODULE: ./build/node_modules/@actions/core/lib/core.js
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
    command_issueCommand('add-mask', {}, secret);
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
    process.env['PATH'] = `${inputPath}${path.delimiter}${process.env['PATH']}`;
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
        return file_command_issueFileCommand('OUTPUT', file_command_prepareKeyValueMessage(name, value));
    }
    process.stdout.write((external_os_namespaceObject()).EOL);
    command_issueCommand('set-output', { name }, utils_toCommandValue(value));
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
    command_issueCommand('debug', {}, message);
}
/**
 * Adds an error issue
 * @param message error issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function error(message, properties = {}) {
    command_issueCommand('error', utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
 * Adds a warning issue
 * @param message warning issue message. Errors will be converted to string via toString()
 * @param properties optional properties to add to the annotation.
 */
function warning(message, properties = {}) {
    command_issueCommand('warning', utils_toCommandProperties(properties), message instanceof Error ? message.toString() : message);
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
    process.stdout.write(message + (external_os_namespaceObject()).EOL);
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
        return file_command_issueFileCommand('STATE', file_command_prepareKeyValueMessage(name, value));
    }
    command_issueCommand('save-state', { name }, utils_toCommandValue(value));
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


const core = { debug: debug, error: error, getInput: getInput, info: info, saveState: saveState, setOutput: setOutput, setSecret: setSecret, warning: warning };
function logTo(core, masks, title) {
    const infoLeft = { messages: 300, bytes: 32 * 1024, refused: 0 };
    const [warningLeft, debugLeft] = [{ ...infoLeft }, { ...infoLeft }];
    const warnings = [];
    const clean = (message) => withoutCommands(masks.redact(message));
    const limited = (left, print) => (message) => {
        const text = clean(message);
        const bytes = Buffer.byteLength(text);
        if (left.messages === 0 || left.bytes < bytes)
            return void left.refused++;
        left.messages--;
        left.bytes -= bytes;
        print(text);
    };
    return {
        info: limited(infoLeft, core.info),
        warning: limited(warningLeft, message => {
            warnings.push(message);
            core.warning(message, { title });
        }),
        warnings,
        error: (message) => core.error(clean(message), { title }),
        debug: limited(debugLeft, core.debug),
        lastRequest: 'none',
        close: () => {
            const refused = infoLeft.refused + warningLeft.refused;
            if (refused > 0)
                core.info(`The log omits ${count(refused, 'more message')}.`);
            if (debugLeft.refused > 0)
                core.debug(`The log omits ${count(debugLeft.refused, 'more message')}.`);
        },
    };
}

;// CONCATENATED MODULE: ./build/runner/masks.js
function secretForms(secret) {
    if (/^[\w.-]{4,}$/.test(secret))
        return [secret];
    const hex = (character) => character.charCodeAt(0).toString(16);
    const uri = encodeURIComponent(secret.toWellFormed());
    const json = JSON.stringify(secret).slice(1, -1);
    const escaped = [
        encodeURI(secret.toWellFormed()),
        uri,
        uri.replace(/[!'()*]/g, character => `%${hex(character).toUpperCase()}`),
        uri.replaceAll('%2F', '/'),
        uri.replaceAll("'", '%27'),
        new URLSearchParams({ '': secret }).toString().slice(1),
        ...urlForms(secret),
    ];
    const forms = [
        ...secret.split(/[\r\n]+/).map(line => line.trim()),
        ...escaped.flatMap(text => [text, text.replace(/%[\dA-F]{2}/g, code => code.toLowerCase())]),
        json,
        json.replaceAll('/', '\\/'),
        json.replace(/[<>&]/g, character => `\\u00${hex(character)}`),
        json.replace(/[^\x20-\x7e]/g, character => `\\u${hex(character).padStart(4, '0')}`),
    ];
    return [...new Set(forms)].filter(form => form.length >= 4);
}
function urlForms(secret) {
    const parts = { username: secret, pathname: `/${secret}`, search: `?${secret}`, hash: `#${secret}` };
    const { username, pathname, search, hash } = Object.assign(new URL('https://x'), parts);
    const inText = ['https://x/', 'https://x/?'].map(start => new URL(start + secret).href.slice(start.length));
    const forms = [username, pathname.slice(1), search.slice(1), hash.slice(1), ...inText];
    return forms.filter(form => form.length >= secret.length);
}
class Masks {
    #mask;
    #forms = new Set();
    constructor(mask) {
        this.#mask = mask;
    }
    add(text) {
        for (const form of secretForms(text)) {
            if (!this.#forms.has(form))
                this.#mask(form);
            this.#forms.add(form);
        }
    }
    redact(text) {
        const longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
        return longestFirst.reduce((clean, form) => clean.replaceAll(form, '***'), text);
    }
}

;// CONCATENATED MODULE: ./build/runner/signals-and-exit.js





async function run(work, title, leftovers) {
    const masks = new Masks(core.setSecret);
    const log = logTo(core, masks, title);
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'])
        process.on(signal, () => stop.abort());
    process.stdout.on('error', () => stop.abort());
    const runner = { core: core, masks, log, env: process.env, stopped: stop.signal };
    const thrown = await new Promise(end => {
        process.on('uncaughtException', end);
        process.on('beforeExit', () => {
            const what = `The step ended before it finished its work. Last request: ${log.lastRequest}.`;
            end(new ActionError(`${what}${leftovers ?? ''} Please report this as an issue with this action.`));
        });
        work(runner).then(() => end(undefined), end);
    });
    log.close();
    if (thrown !== undefined)
        signals_and_exit_report(thrown, log, leftovers);
    const warnings = log.warnings.map(each => `- ${code(each)}`).join('\n');
    if (warnings !== '')
        addToSummary(runner, section(`${title}: warnings`, warnings));
    process.stdout.write('', () => setTimeout(() => process.exit(), 500).unref());
}
function signals_and_exit_report(thrown, log, leftovers) {
    const print = leftovers === undefined ? log.error : log.warning;
    process.exitCode = leftovers === undefined ? 1 : 0;
    if (thrown instanceof ActionError)
        return print(thrown.message);
    if (thrown instanceof Error && thrown.stack !== undefined)
        log.debug(thrown.stack);
    const advice = 'Please run the job again with debug logging, and report this as an issue with this action.';
    print(`Unexpected error: ${oneLine(messageOf(thrown))}.${leftovers ?? ''} ${advice}`);
}

;// CONCATENATED MODULE: ./build/action.js













const main = entryOf(readKeyInputs, getControl, LABELS.key.heading);
const origin = entryOf(readOriginInputs, getControl, LABELS.origin.heading);
const action_revoke = entryOf(readRevokeInputs, revoke, REVOKE_HEADING);
const action_preview = entryOf(readPreviewInputs, preview, PREVIEW_HEADING);
function post(plan) {
    const { heading } = LABELS[plan.phase === 'unreadable' ? 'key' : plan.wanted.kind];
    return run(runner => runPostStep(plan, stepOf(runner)), heading, ` ${failureOf(plan)}`);
}
function entryOf(read, work, title) {
    return (early) => run(async (runner) => {
        const inputs = read({ ...runner, getInput: runner.core.getInput });
        const why = 'GITHUB_OUTPUT is not set. Run the step in a GitHub Actions workflow.';
        if (!runner.env.GITHUB_OUTPUT)
            throw new ActionError(`Could not set the outputs: ${why}`);
        await work(inputs, stepOf(runner, early));
    }, title);
}
function stepOf(runner, early) {
    const network = { log: runner.log, redact: (text) => runner.masks.redact(text), early };
    const connect = (baseUrl, options) => new Connection(baseUrl, options, network);
    return { ...runner, ...graceSignalsOf(runner.stopped), clock: systemClock, connect };
}

module.exports = __webpack_exports__;
/******/ })()
;