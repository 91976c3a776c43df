import { Cloud } from '../facts/cloud.ts';
import { EXIT, type Said } from '../outcome/exit-codes.ts';
import { withoutStop } from '../outcome/judgement.ts';
import { loadSite } from '../site/load.ts';
import { frontendBarrier } from '../verdict/blocking.ts';

/** Does with the declared cloud what is no run, and leaves no verdict that could be taken for one; or says why it cannot be reached. */
export async function withCloud(file: string, act: (cloud: Cloud) => Promise<Said>): Promise<Said> {
  const site = loadSite(file);
  const cloud = new Cloud(site);
  try {
    const barrier = frontendBarrier(await cloud.frontend(), site);
    return barrier ? { lines: [sentence({ fault: barrier.reason, ...barrier })], exitCode: EXIT.undetermined } : await act(cloud);
  } finally {
    cloud.close();
  }
}

/** Why something could not be checked, and what to do about it. */
export const sentence = ({ fault, fix }: { readonly fault: string; readonly fix?: string }): string =>
  [`${withoutStop(fault)}.`, fix].filter((part) => part !== undefined).join(' ');
