import type { IncomingMessage } from 'node:http';
import type { RenderOrder } from '../request/middleware.js';

/**
 * On the request itself, and under a registered symbol: the command line places an order with the app's own instance,
 * which may even come from another copy of this package.
 */
const ORDER = Symbol.for('staticgenerator.order');

interface PlacedOrder {
  readonly webRoot: string;
  readonly tell: RenderOrder;
}

/** Orders, from whichever instance keeps the pages of this WEB_ROOT, to be told what becomes of a request. */
export function placeOrder(request: IncomingMessage, order: PlacedOrder): void {
  Object.defineProperty(request, ORDER, { value: order });
}

/** The order that came with a request, if it is meant for the pages of this WEB_ROOT. */
export function orderOf(request: IncomingMessage, webRoot: string): RenderOrder | undefined {
  const order: unknown = Reflect.get(request, ORDER);
  return isOrder(order) && order.webRoot === webRoot ? order.tell : undefined;
}

function isOrder(value: unknown): value is PlacedOrder {
  return typeof value === 'object' && value !== null && 'webRoot' in value && 'tell' in value;
}
