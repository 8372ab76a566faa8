import { runMain } from './wiring';

void runMain(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
