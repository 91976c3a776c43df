/** Debian's Chromium by its DevTools protocol: a page as a person opens it from disk. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const quiet = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-sync',
  '--hide-scrollbars',
];

interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** As on paper, but on one long sheet. */
  readonly print?: boolean;
}

/** A browser with one page, which ends when it is disposed of. */
export class Chromium implements AsyncDisposable {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  readonly #events = new Map<string, () => void>();
  #calls = 0;

  private constructor(folder: string, child: ChildProcess, socket: WebSocket) {
    this.#folder = folder;
    this.#child = child;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, method, ...answer } = JSON.parse(String(data));
      if (id === undefined) this.#events.get(method)?.();
      else this.#waiting.get(id)?.(answer);
    });
  }

  /** @throws Error when it does not start. */
  static async start(): Promise<Chromium> {
    const folder = mkdtempSync(join(tmpdir(), 'chromium-'));
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const child = spawn('chromium', [...quiet, ...asRoot, `--user-data-dir=${folder}`, '--remote-debugging-port=0', 'about:blank'], {
      stdio: 'ignore',
    });
    const port = await portIn(folder);
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { type: string; webSocketDebuggerUrl: string }[];
    const socket = new WebSocket(targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '');
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    const browser = new Chromium(folder, child, socket);
    await browser.#call('Page.enable');
    return browser;
  }

  /**
   * Opens a file, and waits until it is there; returns after how many milliseconds a person can read and use it.
   * @throws Error when there is none.
   */
  async open(file: string, { width = 1280, height = 900, dark = false, print = false }: Look = {}): Promise<number> {
    await this.#call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
    await this.#call('Emulation.setEmulatedMedia', { media: print ? 'print' : '', features });
    const loaded = new Promise<void>((resolve) => this.#events.set('Page.loadEventFired', resolve));
    const { errorText } = (await this.#call('Page.navigate', { url: `file://${file}` })) as { errorText?: string };
    if (errorText) throw new Error(`${file}: ${errorText}`);
    await loaded;
    return Number(await this.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd || performance.now()'));
  }

  /** What an expression comes to in the page, once it is fulfilled. The page's policy does not hold for it. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await this.#call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as {
      result: { value: unknown };
      exceptionDetails?: { exception?: { description?: string } };
    };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? 'the page threw');
    return result.value;
  }

  /** A PNG of what is seen, or of the first element that a selector finds, all of it. */
  async picture(selector?: string): Promise<Buffer> {
    const box = `(({ left, top, width, height }) => ({ x: left + scrollX, y: top + scrollY, width, height, scale: 1 }))(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`;
    const clip = selector === undefined ? {} : { clip: await this.evaluate(box), captureBeyondViewport: true };
    const { data } = (await this.#call('Page.captureScreenshot', clip)) as { data: string };
    return Buffer.from(data, 'base64');
  }

  /** A PDF of what a printer would be sent, by the page's own sheets. */
  async paper(): Promise<Buffer> {
    const { data } = (await this.#call('Page.printToPDF', { preferCSSPageSize: true, printBackground: true })) as { data: string };
    return Buffer.from(data, 'base64');
  }

  async #call(method: string, params: object = {}): Promise<unknown> {
    this.#calls += 1;
    const id = this.#calls;
    const answer = new Promise<{ result?: unknown; error?: { message: string } }>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    this.#waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    const ended = new Promise((resolve) => this.#child.on('exit', resolve));
    this.#child.kill();
    await ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Where it listens, as it writes it down once it does. */
async function portIn(folder: string): Promise<string> {
  for (let tries = 0; tries < 300; tries += 1) {
    try {
      return readFileSync(join(folder, 'DevToolsActivePort'), 'utf8').split('\n')[0] ?? '';
    } catch {
      await wait(100);
    }
  }
  throw new Error('chromium did not start within 30 s');
}
