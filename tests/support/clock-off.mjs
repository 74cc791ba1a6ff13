// Loaded before the product (NODE_OPTIONS=--import …): a machine whose clock is CLOCK_OFF_MS wrong.
const offMs = Number(process.env.CLOCK_OFF_MS ?? 0)
const RightDate = Date
const now = () => RightDate.now() + offMs

globalThis.Date = new Proxy(RightDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})
