package io.parley.api;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.parley.identity.ClientAddress;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import java.util.Optional;

/** The acceptor of socket connections; one for each event loop, and confined to it. */
public interface SocketMount {

  /** A request below {@code /eventbus} whose origin and credentials have been checked. */
  interface Visit {
    HttpServerRequest request();

    String id();

    ClientAddress client();

    /** The whole body, within the size limit of all bodies. */
    Buffer body();

    Caller caller();

    /**
     * The {@code Authorization} header of the caller, for a later check of the same credentials.
     */
    Optional<String> authorization();

    /** The ticket of a client that cannot set headers; it takes precedence as credentials. */
    Optional<String> ticket();

    /** Answers without upgrading, for example with a problem. */
    void answer(Answer answer);

    /**
     * Answers 101 with the headers set so far. The connection belongs to the acceptor from then on:
     * of the limits of HTTP, only the number of connections applies. The acceptor must run {@link
     * #departure} when the connection has ended.
     */
    Future<NetSocket> upgrade();

    /** The action to run when the upgraded connection has ended; does not retain the request. */
    Runnable departure();
  }

  void accept(Visit visit);

  /** Stops accepting connections, and asks the clients to reconnect elsewhere. */
  Future<Void> leave();
}
