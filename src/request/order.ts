import type { IncomingMessage } from 'node:http';
import type { RenderOutcome } from './page/writer.js';
import type { RenderContext } from './render-context.js';

/** Called when a render begins. `outcome` is what becomes of it; `isVoid` says whether an invalidation has voided it. */
export type RenderOrder = (outcome: Promise<RenderOutcome>, isVoid: () => boolean) => void;

/** What code other than a visitor's request asks for. */
export type Order =
  /** A render that is stored, even if the page is stored already. */
  | { readonly kind: 'store'; readonly tell: RenderOrder }
  /** A render that is not stored and not answered from a stored page. `tell` gets what the app will have said of it. */
  | {
      readonly kind: 'render-only';
      readonly tell: (context: RenderContext) => void;
      /** Whether islands are marked as in renders that are stored. Otherwise, the script fetches them. */
      readonly marksIslands?: boolean | undefined;
    }
  /** A request for the routes that the app has declared for exports; it gets an empty response. */
  | { readonly kind: 'tell-routes'; readonly tell: (routes: readonly unknown[]) => void };

/** Finds the order that a request was made for. */
export interface Orders {
  get(request: IncomingMessage): Order | undefined;
}
