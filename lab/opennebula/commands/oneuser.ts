/** `oneuser`. */
import type { Command } from '../options.ts';

export const userCommands: Record<string, Command> = {
  create: {
    args: ['username', 'password'],
    description: 'Creates a new User',
    options: [],
    run: async ({ client, args, print }) => print(`ID: ${await client.call<number>('user.allocate', args[0], args[1])}`),
  },
};
