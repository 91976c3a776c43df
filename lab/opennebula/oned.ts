/**
 * Stands in for OpenNebula's daemon, oned, in the embedded lab: `node oned.ts --state FILE [--config FILE] [--port 2633] [--logs FOLDER]`.
 *
 * It owns one state file and answers the command-line stand-in (cli.ts) on 127.0.0.1, one JSON object per line instead
 * of XML-RPC: `{session, method, params}` in, `{value}` or `{error}` out; and what the suite asks by XML-RPC, too (xmlrpc.ts). What it says is what OpenNebula 7.4.0 and 6.10.5 were
 * recorded to say; test/lab/opennebula replays the recordings, and releases.ts has what differs.
 *
 * It does: users and passwords; lists and details of datastores, hosts, virtual machines, images and templates; create, change,
 * delete datastores and hosts with OpenNebula's own checks; look at the capacity of datastores the way the drivers do, really by
 * ssh for rsync, and at new or enabled hosts; back up virtual machines to rsync datastores, really, now or when it is scheduled,
 * and cancel it, by itself or as a job has it; restore backups, and delete images and templates with their files; make virtual machines from templates, find
 * them a host, put their disks there, and take them away; stop and start them in name.
 *
 * No guest runs, so none writes to its disk: see backup_qcow2.sh. Of a virtual machine's configuration it
 * knows how backups are made. One cluster, no networks, no ACLs beyond "administrators may, users see what is theirs", of
 * quotas those of backup datastores, no hooks, no federation. What it does not do it refuses aloud.
 */
import type { Server } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { endInterrupted } from './backup.ts';
import { authenticate, Cloud, log } from './cloud.ts';
import { monitorDatastore } from './datastores.ts';
import { endChildren } from './drivers.ts';
import { followHost, inError } from './hosts.ts';
import { advanceJobs } from './job-runs.ts';
import { METHODS } from './methods.ts';
import { placeAll } from './placing.ts';
import { known, speak } from './releases.ts';
import { runActions } from './scheduler.ts';
import { OneError, type Tree } from './tree.ts';
import { goOn } from './vms.ts';
import { xmlRpc } from './xmlrpc.ts';

interface Request {
  session: string;
  method: string;
  params: unknown[];
}

/** Answers one request, which may take its time; a change is on disk before the answer is out. */
async function answer(cloud: Cloud, { session, method, params }: Request): Promise<{ value: unknown } | { error: string }> {
  try {
    const implementation = METHODS[method];
    if (!implementation) throw new OneError('The stand-in of oned does not implement this call');
    const value = (await implementation({ cloud, user: authenticate(cloud, session) }, ...(params as never[]))) ?? null;
    if (/\.info(extended)?$/.test(method)) return { value: known(value as Tree) };
    cloud.save();
    return { value };
  } catch (error) {
    if (!(error instanceof OneError)) throw error;
    return { error: `[one.${method}] ${error.message}` };
  }
}

function parseRequest(line: string): Request | undefined {
  try {
    return JSON.parse(line) as Request;
  } catch {
    return undefined;
  }
}

/** Hands a socket on by its first words: to HTTP, or to the command line's own way of asking. */
function serve(cloud: Cloud, http: Server, socket: Socket): void {
  socket.once('data', (first: Buffer) => {
    socket.pause().unshift(first);
    if (first.toString('latin1', 0, 5) === 'POST ') http.emit('connection', socket);
    else serveLines(cloud, socket);
    socket.resume();
  });
  // A client that hangs up early is its own business.
  socket.on('error', () => socket.destroy());
}

function serveLines(cloud: Cloud, socket: Socket): void {
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (received + chunk).split('\n');
    received = lines.pop() ?? '';
    for (const line of lines) {
      const request = parseRequest(line);
      if (request) void answer(cloud, request).then((reply) => socket.write(`${JSON.stringify(reply)}\n`));
      else socket.destroy();
    }
  });
}

function main(): void {
  const logs = { type: 'string', default: '/var/log/one' } as const;
  const port = { type: 'string', default: '2633' } as const;
  const { values } = parseArgs({ options: { state: { type: 'string' }, config: { type: 'string' }, port, logs } });
  if (!values.state) throw new Error('usage: oned.ts --state FILE [--config FILE] [--port PORT] [--logs FOLDER]');
  const cloud = new Cloud(values.state, values.logs, values.config);
  speak(cloud.state.release);
  const http = xmlRpc((request) => answer(cloud, request));
  const server = createServer((socket) => serve(cloud, http, socket));
  server.listen(Number(values.port), '127.0.0.1', () => {
    const address = server.address();
    log('ReM', 'I', `Starting RPC server, port ${typeof address === 'object' ? address?.port : values.port} ...`);
  });
  for (const host of cloud.state.hosts.filter(inError)) followHost(cloud, host);
  const lookAtAll = () => {
    for (const datastore of cloud.state.datastores) void monitorDatastore(cloud, datastore);
  };
  lookAtAll();
  const interval = cloud.state.settings.MONITORING_INTERVAL_DATASTORE;
  if (interval > 0) setInterval(lookAtAll, interval * 1000);
  goOn(cloud);
  const round = cloud.state.settings.MANAGER_TIMER;
  if (round > 0) {
    endInterrupted(cloud);
    setInterval(() => {
      placeAll(cloud);
      runActions(cloud);
      advanceJobs(cloud);
    }, round * 1000);
  }
  process.on('SIGTERM', () => {
    endChildren();
    process.exit(0);
  });
}

main();
