/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
/******/ 	// The require scope
/******/ 	var __nccwpck_require__ = {};
/******/ 	
/************************************************************************/
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
  KeyRecords: () => (/* binding */ KeyRecords)
});

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = require("node:crypto");
;// CONCATENATED MODULE: external "./action.js"
const external_action_js_namespaceObject = require("./action.js");
;// CONCATENATED MODULE: ./build/github.js






const REQUEST_TIMEOUT_MS = 30_000;
/** Where a list that never ends is left. */
const MAX_PAGES = 1000;
/** How long GitHub asks to wait when it says that a secondary rate limit is used up, but not for how long. */
const SECONDARY_LIMIT_MS = 60_000;
/** @throws ActionError if the variables that every runner sets are not there */
function readRepository(env) {
    const apiUrl = env.GITHUB_API_URL || 'https://api.github.com';
    const name = env.GITHUB_REPOSITORY ?? '';
    const sha = env.GITHUB_SHA ?? '';
    const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
    if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && (0,external_action_js_namespaceObject.isLoopback)(url.hostname))))
        throw new external_action_js_namespaceObject.ActionError(`GITHUB_API_URL ${(0,external_action_js_namespaceObject.quoted)(apiUrl)} is not an https address, so github-token is not sent there.`);
    if (!/^[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.test(name) || !/^[\da-f]{40,64}$/i.test(sha)) {
        throw new external_action_js_namespaceObject.ActionError('Names of keys are kept as deployments of the repository, but the runner does not tell which it is: GITHUB_REPOSITORY or GITHUB_SHA is not set.');
    }
    return { apiUrl: (url.origin + url.pathname).replace(/\/+$/, ''), name, sha };
}
/**
 * The deployments of one repository.
 *
 * @see https://docs.github.com/en/rest/deployments/deployments
 * @see https://docs.github.com/en/rest/deployments/statuses
 */
class GitHubApi {
    #connection;
    #repository;
    #patience;
    #log;
    /** @param patience how long and how often to try, for all requests together */
    constructor(repository, token, patience, { secrets, log }) {
        this.#connection = new external_action_js_namespaceObject.Connection(repository.apiUrl, {
            token,
            redact: text => secrets.redact(text),
            headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
        });
        this.#repository = repository;
        this.#patience = patience;
        this.#log = log;
    }
    /** All deployments of an environment, or those with this task, page by page. @throws ActionError */
    async deployments(environment, task) {
        const doing = 'list the named keys';
        const found = new Map();
        let query = new URLSearchParams({
            environment,
            ...(task === undefined ? {} : { task }),
            per_page: '100',
        }).toString();
        for (let page = 1; query !== undefined && page <= MAX_PAGES; page++) {
            const answer = await this.#request('GET', `?${query}`, doing);
            if (!Array.isArray(answer.json))
                throw notUnderstood(doing);
            const before = found.size;
            for (const each of answer.json) {
                const id = (0,external_action_js_namespaceObject.field)(each, 'id');
                if (!isDeploymentId(id))
                    continue;
                const [theirs, task, payload] = ['environment', 'task', 'payload'].map(name => (0,external_action_js_namespaceObject.field)(each, name));
                found.set(id, { id, environment: theirs, task, payload });
            }
            query = found.size > before ? nextPage(answer) : undefined;
        }
        return [...found.values()];
    }
    /** @returns the ID of the new deployment @throws ActionError if there may be none */
    async createDeployment(deployment) {
        const doing = "keep the key's name";
        const { json } = await this.#request('POST', '', doing, deployment);
        const id = (0,external_action_js_namespaceObject.field)(json, 'id');
        if (!isDeploymentId(id))
            throw notUnderstood(doing);
        return id;
    }
    /** @throws ActionError */
    async setStatus(id, status) {
        await this.#request('POST', `/${id}/statuses`, "set the status of the key's record", status);
    }
    /** One that is not there any more counts as deleted. @throws ActionError */
    async deleteDeployment(id) {
        const doing = "remove the key's record";
        // Only inactive ones can be deleted.
        for (const [method, path, body] of [
            ['POST', `/${id}/statuses`, { state: 'inactive' }],
            ['DELETE', `/${id}`, undefined],
        ]) {
            const reply = await this.#send(method, path, body);
            // If it is not there any more, the deletion says so as well.
            if (reply.kind === 'answer' && reply.status === 404)
                continue;
            this.#answerOf(reply, doing);
        }
    }
    async #request(method, path, doing, body) {
        return this.#answerOf(await this.#send(method, path, body), doing);
    }
    async #send(method, path, body) {
        const route = `/repos/${this.#repository.name}/deployments${path}`;
        return (0,external_action_js_namespaceObject.repeat)(async () => {
            const timeoutMs = Math.max(1, Math.min(REQUEST_TIMEOUT_MS, this.#patience.left));
            const { signal } = this.#patience;
            this.#log.asking(`GitHub: ${method} ${route}`);
            const reply = await this.#connection.exchange(method, route, { timeoutMs, signal, body });
            const result = reply.kind === 'answer' ? `HTTP ${reply.status}, request ID ${reply.requestId ?? 'none'}` : reply.reason;
            this.#log.debug(`GitHub: ${method} ${route}: ${(0,external_action_js_namespaceObject.printable)(result)}`);
            return asRateLimited(reply);
        }, this.#patience);
    }
    #answerOf(reply, doing) {
        if (reply.kind === 'answer' && (0,external_action_js_namespaceObject.verdict)(reply) === 'done')
            return reply;
        if (this.#patience.signal?.aborted)
            throw new external_action_js_namespaceObject.ActionError(external_action_js_namespaceObject.STOPPED);
        if (reply.kind === 'fault') {
            const { apiUrl } = this.#repository;
            throw new external_action_js_namespaceObject.ActionError((0,external_action_js_namespaceObject.explainFault)(reply, { doing, apiUrl, service: 'GitHub', source: 'GITHUB_API_URL' }));
        }
        throw new external_action_js_namespaceObject.ActionError(`${cause(reply, doing, this.#repository)} (${(0,external_action_js_namespaceObject.whatWasSaid)(reply)})`, reply.status);
    }
}
function isDeploymentId(value) {
    return Number.isSafeInteger(value) && Number(value) > 0;
}
function notUnderstood(doing) {
    return new external_action_js_namespaceObject.ActionError(`Could not ${doing}: the answer is not what GitHub documents. Check GITHUB_API_URL, and whether a proxy answers in GitHub's place.`);
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
/**
 * GitHub answers 403 as well as 429 when a rate limit is used up. Such an answer is made a 429 that says how long to wait.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function asRateLimited(reply) {
    if (reply.kind === 'fault' || (reply.status !== 403 && reply.status !== 429))
        return reply;
    if (reply.retryAfterMs !== undefined)
        return { ...reply, status: 429 };
    const resetMs = (0,external_action_js_namespaceObject.rateLimitReset)(reply.headers, reply.dateMs);
    if (reply.headers['x-ratelimit-remaining'] === '0' && resetMs !== undefined)
        return { ...reply, status: 429, retryAfterMs: resetMs };
    const message = (0,external_action_js_namespaceObject.field)(reply.json, 'message');
    const secondary = typeof message === 'string' && message.includes('secondary rate limit');
    return secondary ? { ...reply, status: 429, retryAfterMs: SECONDARY_LIMIT_MS } : reply;
}
function cause({ status }, doing, { name }) {
    if (status === 401) {
        return 'GitHub does not accept github-token: it is wrong or expired. Leave it out to use the token of the job, or give it one that may write deployments.';
    }
    if (status === 403 || status === 404) {
        return `github-token may not ${doing} in ${name}. Give the job \`permissions: deployments: write\`. Runs that a fork or Dependabot started get a token that may only read.`;
    }
    if (status === 429)
        return `GitHub's rate limit is used up, so it would not ${doing}. Try again later.`;
    if (status >= 300 && status < 400) {
        return `GitHub answered with a redirect, which is not followed because github-token would go with it. If ${name} was renamed, run the workflow again.`;
    }
    if (status >= 500 || status === 408)
        return `GitHub failed to ${doing}. Try again later.`;
    if (status === 422) {
        return `GitHub would not ${doing} in ${name}. If the run's commit is gone (a force push, a deleted branch), start the workflow on one that is there.`;
    }
    return `GitHub would not ${doing} in ${name}. Check GITHUB_API_URL, and whether a proxy answers in GitHub's place.`;
}

;// CONCATENATED MODULE: ./build/names.js
// Names of keys. Only a step that was given a name, or is to revoke by name or expiry, loads this file.






/** The environment whose deployments are the records of all named keys of a repository. */
const ENVIRONMENT = 'pinata-gateway-keys';
const TASK = 'pinata-gateway-key:';
const SCHEMA = 1;
/**
 * The records of the named keys of one gateway. They are only added and removed, never changed, so that jobs side by
 * side lose none.
 */
class KeyRecords {
    #api;
    #sha;
    #gatewayId;
    #log;
    /** @throws ActionError if the runner does not say which repository it runs for */
    constructor(step, token, gatewayId, patience) {
        const repository = readRepository(step.env);
        this.#api = new GitHubApi(repository, token, patience, step);
        this.#sha = repository.sha;
        this.#gatewayId = gatewayId;
        this.#log = step.log;
    }
    /**
     * The records of a name, or of all names; the newest first. To be called before the gateway's keys are read: a key
     * is there before its record is, so the other way round a key that was just made would look as if it were gone.
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
    /** Records the name of a new key. @throws ActionError if the record may not be there */
    async add({ name, expiresAtMs }, key, gateway) {
        const expiresAt = Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null;
        const [keyId, gatewayId] = [key.id, this.#gatewayId];
        const id = await this.#api.createDeployment({
            ref: this.#sha,
            environment: ENVIRONMENT,
            task: TASK + name,
            description: 'A Pinata gateway key',
            transient_environment: true,
            production_environment: false,
            required_contexts: [],
            auto_merge: false,
            payload: { schema: SCHEMA, name, gatewayId, keyId, expiresAt, proof: this.#proofOf(name, key) },
        });
        const url = gateway.url === '' ? {} : { environment_url: gateway.url };
        await this.#api.setStatus(id, { state: 'success', ...url, auto_inactive: false });
    }
    /**
     * Removes records whose keys are gone. One that can't be removed is a warning, as the next run that meets it tries
     * again.
     */
    async remove(records) {
        // One after the other, as GitHub asks for.
        for (const [index, { deployment, name, keyId }] of records.entries()) {
            try {
                await this.#api.deleteDeployment(deployment);
                this.#log.debug(`Removed the record (deployment ${deployment}) of key ${keyId}, which was named ${name}.`);
            }
            catch (error) {
                const left = records.length - index;
                const more = left > 1 ? ` and ${left - 1} more` : '';
                this.#log.warning(`Key ${keyId} is gone, but its record (deployment ${deployment} of environment ${ENVIRONMENT})${more} could not be removed. The next run that uses the name or sweeps removes it. ${(0,external_action_js_namespaceObject.messageOf)(error)}`);
                return;
            }
        }
    }
    /** Removes what was recorded for a key that is gone, as {@link remove} does. */
    async forget(name, keyId) {
        let records;
        try {
            records = (await this.find(name)).filter(record => record.keyId === keyId);
        }
        catch (error) {
            if (!(error instanceof external_action_js_namespaceObject.ActionError))
                throw error;
            this.#log.warning(`Key ${keyId} is gone, but whether ${name} still stands for it on GitHub could not be read. The next run that uses the name removes the record. ${error.message}`);
            return;
        }
        await this.remove(records);
    }
    /** Sorts records by what the gateway tells of their keys, which was read after them. Keeps their order. */
    sort(records, gatewayKeys) {
        const keys = new Map(gatewayKeys.map(key => [key.id, key]));
        const sorted = { live: [], gone: [], unproven: [] };
        for (const record of records) {
            const key = keys.get(record.keyId);
            if (key === undefined)
                sorted.gone.push(record);
            else if (key.value !== '' && record.proof === this.#proofOf(record.name, key))
                sorted.live.push(record);
            else
                sorted.unproven.push(record);
        }
        return sorted;
    }
    /**
     * Shows that a record was made by who had the key: nobody can compute it without the key's value,
     * and the value can't be computed from it. So a deployment made by hand can't put a name to somebody else's key.
     */
    #proofOf(name, key) {
        return (0,external_node_crypto_namespaceObject.createHmac)('sha256', key.value)
            .update(JSON.stringify([SCHEMA, name, this.#gatewayId, key.id]))
            .digest('base64url');
    }
    /** Tells of records that can't be trusted. They and the keys that they name are left alone. */
    warnOfUnproven(records) {
        for (const { deployment, name, keyId } of records.slice(0, 10)) {
            this.#log.warning(`Deployment ${deployment} of environment ${ENVIRONMENT} gives key ${keyId} the name ${name}, but this action did not make it for that key. It was left alone, and so was the key. Delete the deployment if nobody knows better.`);
        }
    }
}
/** A deployment's record; `undefined` if it is none, or one of another gateway. */
function recordOf({ id, environment, task, payload }, gateway) {
    const content = typeof payload === 'string' ? (0,external_action_js_namespaceObject.parse)(payload) : payload;
    const [schema, name, gatewayId, keyId, expiresAt, proof] = [
        ...['schema', 'name', 'gatewayId', 'keyId', 'expiresAt', 'proof'],
    ].map(each => (0,external_action_js_namespaceObject.field)(content, each));
    if (environment !== ENVIRONMENT || schema !== SCHEMA || gatewayId !== gateway)
        return undefined;
    if (!(0,external_action_js_namespaceObject.isKeyName)(name) || task !== TASK + name || !(0,external_action_js_namespaceObject.isKeyId)(keyId))
        return undefined;
    // Not String(): it throws on some objects, and one deployment made by hand must not stop every run.
    if (expiresAt !== null && typeof expiresAt !== 'string')
        return undefined;
    const expiresAtMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
    if (Number.isNaN(expiresAtMs))
        return undefined;
    return { deployment: id, name, keyId, expiresAtMs, proof: typeof proof === 'string' ? proof : '' };
}

module.exports = __webpack_exports__;
/******/ })()
;