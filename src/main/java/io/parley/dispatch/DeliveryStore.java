package io.parley.dispatch;

import io.parley.channel.DispatchVerbs.ClaimDue;
import io.parley.channel.DispatchVerbs.Claims;
import io.parley.channel.DispatchVerbs.ReleaseLeases;
import io.parley.channel.DispatchVerbs.Released;
import io.parley.channel.DispatchVerbs.Settle;
import io.parley.channel.DispatchVerbs.Settled;
import io.vertx.core.Future;

/** The store as the dispatcher uses it: deliveries are claimed, settled and released there. */
interface DeliveryStore {
  Future<Claims> claim(ClaimDue wanted);

  Future<Settled> settle(Settle wanted);

  Future<Released> release(ReleaseLeases wanted);
}
