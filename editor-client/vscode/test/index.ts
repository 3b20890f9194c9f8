/** Run in the extension host; rejects with what failed. A test is a function of its sentence. */

import { tests } from "./tests";

export async function run(): Promise<void> {
  const failed: string[] = [];
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok: ${name}`);
    } catch (error) {
      failed.push(name);
      console.error(`FAILED: ${name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  if (failed.length > 0) throw new Error(`${failed.length} failed: ${failed.join("; ")}`);
}
