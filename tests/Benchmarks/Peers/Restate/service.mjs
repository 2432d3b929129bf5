// The peer's side of `scripts/bench steps`: handlers whose every step is one ctx.run, recorded durably before the next begins.
// The body of a step adds one, so that the answer tells how many ran. Usage: node service.mjs PORT
import { serve, service } from '@restatedev/restate-sdk';

const counting = (steps) => async (context, start) => {
  let value = start;
  for (let step = 1; step <= steps; step++) {
    const before = value;
    value = await context.run(`step-${step}`, () => before + 1);
  }
  return value;
};

await serve({
  services: [service({ name: 'steps', handlers: { one: counting(1), ten: counting(10) } })],
  port: Number(process.argv[2]),
});
