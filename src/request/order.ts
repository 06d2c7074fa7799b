import type { IncomingMessage } from 'node:http';
import type { RenderOutcome } from './page/writer.js';
import type { RenderContext } from './render-context.js';

/** Is told what becomes of a render, when it begins; and whether an invalidation has voided it meanwhile, when it asks. */
export type RenderOrder = (outcome: Promise<RenderOutcome>, isVoid: () => boolean) => void;

/** What somebody other than a visitor asked for. */
export type Order =
  /** A render that is stored, whatever is stored already. */
  | { readonly kind: 'store'; readonly tell: RenderOrder }
  /** A render that is neither stored nor answered from what is; `tell` gets what the app will have said of it at its end. */
  | {
      readonly kind: 'render-only';
      readonly tell: (context: RenderContext) => void;
      /** Whether islands are marked as they are in renders that are stored; else the script fetches them. */
      readonly marksIslands?: boolean | undefined;
    }
  /** To be told the routes that the app has declared for exports; it gets an empty answer. */
  | { readonly kind: 'tell-routes'; readonly tell: (routes: readonly unknown[]) => void };

/** Finds the order that a request was made for. */
export interface Orders {
  get(request: IncomingMessage): Order | undefined;
}
