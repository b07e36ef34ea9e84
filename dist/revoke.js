const onFirstUse = (load, loaded) => () => (loaded ??= load());
/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "./action.js"
const external_action_js_namespaceObject = onFirstUse(() => require("./action.js"));
;// CONCATENATED MODULE: ./build/revoke.js

void (0,(external_action_js_namespaceObject()).revoke)();

module.exports = __webpack_exports__;
/******/ })()
;