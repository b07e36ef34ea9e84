const onFirstUse = (load, loaded) => () => (loaded ??= load());
/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "./action.js"
const external_action_js_namespaceObject = onFirstUse(() => require("./action.js"));
;// CONCATENATED MODULE: ./build/preview.js

void (0,(external_action_js_namespaceObject()).preview)();

module.exports = __webpack_exports__;
/******/ })()
;