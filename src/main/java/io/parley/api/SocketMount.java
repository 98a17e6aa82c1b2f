package io.parley.api;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import java.util.Optional;

/** Where connections that stay open are taken in; one for each event loop, and confined to it. */
public interface SocketMount {

  /** A request below {@code /eventbus}, whose origin and credentials have been judged. */
  interface Visit {
    HttpServerRequest request();

    String id();

    /** The whole body, within the bound of all bodies. */
    Buffer body();

    Caller caller();

    /** What the caller was known by; they may have to be judged again. */
    Optional<String> authorization();

    /** What a visitor brought who cannot set headers; it decides who they are. */
    Optional<String> ticket();

    /** Turns the visitor away, or answers otherwise than with a connection that stays open. */
    void answer(Answer answer);

    /**
     * Answers 101 with the headers the response has by then; the connection is the visited one's
     * from here on, and no other bound of HTTP holds for it but their number. The departure has to
     * be run when it has ended.
     */
    Future<NetSocket> upgrade();

    /** To be run when the upgraded connection has ended; keeps nothing of the request. */
    Runnable departure();
  }

  void accept(Visit visit);

  /** Tells everybody to go elsewhere, and takes in nobody anymore. */
  Future<Void> leave();
}
