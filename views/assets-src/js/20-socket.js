/* A small Socket.IO 4 client: WebSocket only, one namespace, events without acknowledgement, reconnects for ever. */
/* global WebSocket, location, setTimeout, clearTimeout */
export const connect = (handlers) => {
  let socket;
  let wait = 500;
  let silence;
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(() => socket.close(), 50000);
  };
  const emit = (name, body) => {
    if (socket.readyState === 1) socket.send(`42${JSON.stringify([name, body])}`);
  };
  const take = (frame) => {
    listen();
    if (frame === '2') socket.send('3');
    else if (frame[0] === '0') socket.send('40');
    else if (frame.startsWith('40')) {
      wait = 500;
      handlers.connect?.();
    } else if (frame.startsWith('42')) {
      const [name, body] = JSON.parse(frame.slice(2));
      handlers[name]?.(body);
    }
  };
  const open = () => {
    socket = new WebSocket(`${location.origin.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    socket.onmessage = (event) => take(event.data);
    socket.onclose = () => {
      clearTimeout(silence);
      setTimeout(open, wait + Math.random() * 400);
      wait = Math.min(wait * 2, 8000);
    };
  };
  open();
  return emit;
};
