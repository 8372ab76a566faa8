/**
 * Runs one act at a time. Requests that arrive meanwhile are merged into one next act, whose result all of them get.
 * A failure goes to those who asked for that act; the lane goes on.
 */
export const makeLane = <Request, Result>(
  merge: (waiting: Request, newer: Request) => Request,
  act: (request: Request) => Promise<Result>,
): ((request: Request) => Promise<Result>) => {
  let running: Promise<unknown> | null = null;
  let waiting: { request: Request; result: Promise<Result> } | null = null;
  const start = (request: Request): Promise<Result> => {
    const result = act(request);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    running = settled;
    void settled.then(() => {
      if (running === settled) running = null;
    });
    return result;
  };
  return (request) => {
    if (waiting !== null) {
      waiting.request = merge(waiting.request, request);
      return waiting.result;
    }
    if (running === null) return start(request);
    const turn: { request: Request; result: Promise<Result> } = {
      request,
      result: running.then(() => {
        waiting = null;
        return start(turn.request);
      }),
    };
    waiting = turn;
    return turn.result;
  };
};
