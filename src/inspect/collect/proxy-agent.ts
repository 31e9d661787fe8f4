/**
 * A CommonJS package: bundled, an `import()` of it yields only its default export, while a static import keeps the names.
 * So this file is what is loaded lazily.
 */
export { ProxyAgent } from 'proxy-agent';
