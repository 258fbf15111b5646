/// <reference types="vite/client" />

declare module "monaco-editor/esm/vs/*?worker" {
  const worker: new () => Worker;
  export default worker;
}
