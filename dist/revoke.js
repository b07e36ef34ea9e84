/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "./action.js"
const external_action_js_namespaceObject = require("./action.js");
;// CONCATENATED MODULE: ./build/selection.js


const NOTHING = { live: [], gone: [] };
/**
 * Selects the keys.
 *
 * @param gateway as Pinata told of it; it may be missing only for a selection by ID
 * @param recorded the records of the gateway's keys, for a selection by name or expiry
 * @param nowMs the time against which age and expiry are measured, in milliseconds since 1970
 */
function selection_select(selector, gateway, recorded = NOTHING, nowMs) {
    if (selector.by === 'key-id')
        return selectionOf(selector.keyIds);
    if (gateway?.keys === undefined)
        throw new external_action_js_namespaceObject.ActionError('Pinata did not tell the keys of the gateway, so none was selected. Run the job again later.');
    if (selector.by === 'older-than')
        return olderThan(selector, gateway.keys, nowMs);
    const { live, gone } = recorded;
    if (selector.by === 'name')
        return ofRecords([...live, ...gone], gone);
    // A key with several records expires with the last of them, so that no copy of a record makes it go sooner.
    const expiries = new Map();
    for (const { keyId, expiresAtMs } of live) {
        expiries.set(keyId, Math.max(expiresAtMs, expiries.get(keyId) ?? Number.NEGATIVE_INFINITY));
    }
    const hasExpired = ({ keyId }) => (expiries.get(keyId) ?? 0) <= nowMs;
    const selection = ofRecords([...live.filter(hasExpired), ...gone], gone);
    for (const record of live.filter(each => !hasExpired(each))) {
        const expiry = expiries.get(record.keyId) ?? 0;
        selection.names.set(record.keyId, record.name);
        selection.stay.set(record.keyId, Number.isFinite(expiry) ? `stays, as it expires at ${(0,external_action_js_namespaceObject.readableTime)(expiry)}` : 'stays, as it never expires');
    }
    return selection;
}
function olderThan({ ms, age }, keys, nowMs) {
    const selection = selectionOf([]);
    for (const { id, createdAt } of keys) {
        const madeAtMs = Date.parse(createdAt);
        if (madeAtMs < nowMs - ms)
            selection.keyIds.push(id);
        else if (Number.isNaN(madeAtMs))
            selection.stay.set(id, 'stays, as Pinata did not tell when it was made');
        else
            selection.stay.set(id, `stays, as it is not older than ${age}`);
    }
    return selection;
}
function ofRecords(records, gone) {
    return {
        ...selectionOf([...new Set(records.map(({ keyId }) => keyId))]),
        gone: new Set(gone.map(({ keyId }) => keyId)),
        names: new Map(records.map(({ keyId, name }) => [keyId, name])),
        records,
    };
}
function selectionOf(keyIds) {
    return { keyIds, gone: new Set(), stay: new Map(), names: new Map(), records: [] };
}

;// CONCATENATED MODULE: ./build/revoke-keys.js






/** How many keys are revoked at the same time. */
const SIDE_BY_SIDE = 4;
/** How long a step may take altogether, in milliseconds: more for many keys, each a second on the smallest plan. */
const LIMIT_MS = 15 * 60_000;
const LIMIT_PER_KEY_MS = 2_000;
/** As many IDs as an error can hold, and as many rows as a job summary (1 MiB). */
const MAX_NAMED = 50;
const MAX_ROWS = 1000;
/** As many lines as the log takes of them. */
const MAX_LINES = 120;
const FATE = {
    revoked: 'revoked',
    gone: 'not on the gateway: it was revoked before, or belongs to another gateway',
    kept: 'kept, as asked',
    'would be revoked': 'would be revoked (dry run)',
    'not revoked': 'not revoked',
    'not tried': 'not revoked, as it was not tried after the error of another',
};
/** Revokes the keys, those to keep excepted, and reports what became of each. @throws ActionError if one is left */
async function revokeKeys(inputs, step) {
    const deadline = new external_action_js_namespaceObject.Deadline(step.clock, LIMIT_MS);
    const patience = (0,external_action_js_namespaceObject.patienceOf)(step, deadline);
    const api = (0,external_action_js_namespaceObject.openApi)(step, inputs, patience);
    const id = await api.resolve(inputs.gateway);
    const { selector } = inputs;
    const records = 'token' in selector ? await (0,external_action_js_namespaceObject.openRecords)(step, selector.token, id, (0,external_action_js_namespaceObject.patienceOf)(step, deadline)) : undefined;
    // Before the gateway's keys are read: see KeyRecords.find().
    const recorded = await findRecords(records, selector, step);
    const details = await readDetails(api, id, inputs);
    const existing = details instanceof external_action_js_namespaceObject.ActionError ? undefined : details;
    const gateway = existing ?? { id, url: '' };
    const sorted = existing?.keys && records?.sort(recorded, existing.keys);
    const selection = selection_select(selector, existing, sorted, step.clock.now());
    records?.warnOfUnproven(sorted?.unproven ?? []);
    deadline.extend(selection.keyIds.length * LIMIT_PER_KEY_MS);
    const fates = new Map(selection.keyIds.map(keyId => [keyId, fateBefore(keyId, selection, inputs)]));
    const wanted = having(fates, 'not tried');
    const opens = existing !== undefined && removesLastControl(existing, wanted);
    if (opens && inputs.lastKey === 'fail' && !inputs.dryRun) {
        throw new external_action_js_namespaceObject.ActionError(`Nothing was revoked, as last-key is fail and gateway ${(0,external_action_js_namespaceObject.nameOf)(gateway)} would be left without access control: anybody could read its pinned content then. If that is meant, set last-key to allow.`);
    }
    let firstError;
    if (inputs.dryRun) {
        const live = new Set(existing?.keys?.map(key => key.id));
        for (const keyId of wanted)
            fates.set(keyId, live.has(keyId) ? 'would be revoked' : 'gone');
    }
    else {
        const apis = [api, ...wanted.slice(1, SIDE_BY_SIDE).map(() => (0,external_action_js_namespaceObject.openApi)(step, inputs, patience))];
        firstError = await revokeSideBySide(apis, { id, existing, fates });
        const gone = new Set(goneOf(fates));
        await records?.remove(selection.records.filter(({ keyId }) => gone.has(keyId)));
    }
    await report({ gateway, existing, selection, fates }, inputs, step);
    const removed = inputs.dryRun ? having(fates, 'would be revoked') : goneOf(fates);
    if (existing && removesLastControl(existing, removed))
        tellOfOpenGateway((0,external_action_js_namespaceObject.nameOf)(gateway), inputs, step);
    if (details instanceof external_action_js_namespaceObject.ActionError && inputs.lastKey === 'warn') {
        step.log.warning(`Whether gateway ${id} has an access control left could not be read; if not, anybody can read its pinned content. ${details.message}`);
    }
    const untaken = setRevoked(having(fates, 'revoked'), step);
    if (firstError !== undefined) {
        const left = [...having(fates, 'not revoked'), ...having(fates, 'not tried')];
        throw new external_action_js_namespaceObject.ActionError(`${left.length} of ${(0,external_action_js_namespaceObject.count)(wanted.length, 'key')} could not be revoked: ${listed(left)}. ${firstError.message}`);
    }
    if (untaken !== undefined)
        throw untaken;
}
/** Sets the outputs. @returns why the runner did not take them, if it did not: what was revoked is told all the same */
function setRevoked(revoked, { core }) {
    try {
        core.setOutput('revoked-key-ids', revoked.join('\n'));
        core.setOutput('revoked-count', String(revoked.length));
        return undefined;
    }
    catch (error) {
        return new external_action_js_namespaceObject.ActionError(`The keys are revoked, but the outputs of the step could not be written: ${(0,external_action_js_namespaceObject.printable)((0,external_action_js_namespaceObject.messageOf)(error))}.`);
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
            step.log.info(`No key of this gateway has the name ${name}.`);
        found.push(...ofName);
    }
    return found;
}
function fateBefore(keyId, { gone }, { keep }) {
    if (gone.has(keyId))
        return 'gone';
    return keep.has(keyId) ? 'kept' : 'not tried';
}
function having(fates, fate) {
    return [...fates].filter(([, each]) => each === fate).map(([keyId]) => keyId);
}
function goneOf(fates) {
    return [...having(fates, 'revoked'), ...having(fates, 'gone')];
}
/** `, 2 kept`, or nothing if there are none. */
function also(fates, fate, words) {
    const { length } = having(fates, fate);
    return length === 0 ? '' : `, ${length} ${words}`;
}
/** IDs in a sentence, as many as it can hold. */
function listed(keyIds) {
    const more = keyIds.length > MAX_NAMED ? ` and ${keyIds.length - MAX_NAMED} more` : '';
    return `${keyIds.slice(0, MAX_NAMED).join(', ')}${more}`;
}
async function report(outcome, { dryRun }, { core, log }) {
    const { gateway, selection, fates } = outcome;
    const named = (keyId) => (selection.names.has(keyId) ? `${keyId} (${selection.names.get(keyId)})` : keyId);
    const lines = [...fates].map(([keyId, fate]) => `Key ${named(keyId)}: ${FATE[fate]}.`);
    const staying = [...selection.stay].map(([keyId, why]) => `Key ${named(keyId)}: ${why}.`);
    for (const line of lines.slice(0, MAX_LINES))
        log.info(line);
    for (const line of staying.slice(0, MAX_NAMED))
        log.info(line);
    const [moreLines, moreStay] = [lines.length - MAX_LINES, staying.length - MAX_NAMED];
    if (moreLines > 0)
        log.info(`${(0,external_action_js_namespaceObject.count)(moreLines, 'more key was', 'more keys were')} selected.`);
    if (moreStay > 0)
        log.info(`${(0,external_action_js_namespaceObject.count)(moreStay, 'more key stays', 'more keys stay')}.`);
    const revoked = having(fates, 'revoked');
    const stay = selection.stay.size === 0 ? '' : `, ${(0,external_action_js_namespaceObject.count)(selection.stay.size, 'key stays', 'keys stay')}`;
    log.info(dryRun
        ? `Dry run: nothing was revoked; ${(0,external_action_js_namespaceObject.count)(having(fates, 'would be revoked').length, 'key')} would be${stay}.`
        : `${(0,external_action_js_namespaceObject.count)(revoked.length, 'key')} of gateway ${(0,external_action_js_namespaceObject.nameOf)(gateway)} revoked${also(fates, 'gone', 'already gone')}${also(fates, 'kept', 'kept')}${stay}.`);
    await (0,external_action_js_namespaceObject.addToSummary)(core, log, summaryOf(outcome));
}
/**
 * The gateway's details, or why they can't be read. Revoking keys by their IDs can do without them, unless the access or
 * the gateway is wrong, or it was asked to be sure of something that only they tell.
 */
async function readDetails(api, id, { dryRun, lastKey, selector }) {
    try {
        const details = await api.gateway(id);
        if (details.accessControls === undefined)
            throw new external_action_js_namespaceObject.ActionError('Pinata did not tell the access controls of the gateway. Look at them there, or run the job again later.');
        return details;
    }
    catch (error) {
        if (!(error instanceof external_action_js_namespaceObject.ActionError))
            throw error;
        if (dryRun || selector.by !== 'key-id' || (error.status !== undefined && [401, 403, 404].includes(error.status)))
            throw error;
        if (lastKey === 'fail') {
            throw new external_action_js_namespaceObject.ActionError(`Nothing was revoked, as last-key is fail and the gateway's access controls could not be read. ${error.message}`);
        }
        return error;
    }
}
function removesLastControl(gateway, wanted) {
    const ids = new Set(wanted);
    const removed = gateway.keys?.filter(key => ids.has(key.id)).length ?? 0;
    return removed > 0 && removed === gateway.accessControls;
}
/** Revokes the keys, a few at a time, each connection one by one. @returns the first error, if any */
async function revokeSideBySide(apis, { id, existing, fates }) {
    const queue = having(fates, 'not tried');
    const listed = existing?.keys && new Set(existing.keys.map(key => key.id));
    let firstError;
    const work = async (api) => {
        for (let keyId = queue.shift(); keyId !== undefined; keyId = queue.shift()) {
            try {
                fates.set(keyId, await api.revokeKey(id, keyId, listed?.has(keyId)));
            }
            catch (error) {
                fates.set(keyId, 'not revoked');
                firstError ??= error instanceof external_action_js_namespaceObject.ActionError ? error : new external_action_js_namespaceObject.ActionError((0,external_action_js_namespaceObject.messageOf)(error));
                // What is refused for one key is refused for all.
                if (error instanceof external_action_js_namespaceObject.ActionError && [401, 403, 429].includes(error.status ?? 0))
                    queue.length = 0;
            }
        }
    };
    await Promise.all(apis.map(work));
    return firstError;
}
function tellOfOpenGateway(name, { lastKey, dryRun }, { log }) {
    const open = 'anybody can read its pinned content, and it serves nothing else';
    if (dryRun) {
        const refused = lastKey === 'fail' ? ' As last-key is fail, nothing would be revoked at all.' : '';
        log.info(`That would remove the last access control of gateway ${name}: ${open} then.${refused}`);
    }
    else if (lastKey === 'allow')
        log.info(`Gateway ${name} has no access control any more: ${open}.`);
    else {
        log.warning(`Gateway ${name} has no access control any more: ${open}. Set last-key to fail to prevent this, or to allow if it is meant.`);
    }
}
function summaryOf({ gateway, existing, selection, fates }) {
    const made = new Map(existing?.keys?.map(key => [key.id, key.createdAt]));
    const { names, stay } = selection;
    const all = [...[...fates].map(([keyId, fate]) => [keyId, FATE[fate]]), ...stay];
    const rows = all
        .slice(0, MAX_ROWS)
        .map(([keyId, fate]) => [
        (0,external_action_js_namespaceObject.gatewayCell)(gateway),
        `\`${keyId}\``,
        ...(names.size > 0 ? [`\`${names.get(keyId)}\``] : []),
        made.has(keyId) ? (0,external_action_js_namespaceObject.readableTime)(made.get(keyId) ?? '') : '–',
        fate,
    ]);
    const where = stay.size === 0 ? ', which are in the log' : '';
    const more = all.length > MAX_ROWS ? `\n…and ${all.length - MAX_ROWS} more${where}.\n` : '';
    const columns = ['Gateway', 'Key ID', ...(names.size > 0 ? ['Name'] : []), 'Made', 'What became of it'];
    return (0,external_action_js_namespaceObject.table)('Pinata gateway keys', columns, rows) + more;
}

;// CONCATENATED MODULE: ./build/revoke.js



/** The step of `revoke/action.yml`. */
void (0,external_action_js_namespaceObject.runStep)(step => revokeKeys((0,external_action_js_namespaceObject.readRevokeInputs)(step.core.getInput, step.secrets), step), 'fail');

module.exports = __webpack_exports__;
/******/ })()
;