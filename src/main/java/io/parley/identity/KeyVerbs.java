package io.parley.identity;

import io.parley.bus.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Requests about API keys. Secrets are passed as hashes only. */
public final class KeyVerbs {
  private KeyVerbs() {}

  public record CreateKey(
      long caller, String name, Set<Scope> scopes, byte[] hash, Optional<RequestKey> request) {}

  /** The result of creating a key. */
  public sealed interface KeyCreation {}

  public record KeyCreated(ApiKey key) implements KeyCreation {}

  /** An earlier request under the same key created it; empty if it was deleted since. */
  public record KeyReplayed(Optional<ApiKey> key) implements KeyCreation {}

  /** A different request used the same idempotency key. */
  public record RequestKeyReused() implements KeyCreation {}

  public static final Endpoint<CreateKey, KeyCreation> CREATE_KEY =
      new Endpoint<>("identity.create-key", CreateKey.class, KeyCreation.class);

  /** Lists the valid keys, newest first; {@code before} is the id where the previous page ended. */
  public record FindKeys(OptionalLong before, int limit) {}

  public record Keys(List<ApiKey> keys, boolean more) {}

  public static final Endpoint<FindKeys, Keys> FIND_KEYS =
      new Endpoint<>("identity.find-keys", FindKeys.class, Keys.class);

  public record EndKey(long id) {}

  public static final Endpoint<EndKey, IdentityVerbs.LoginEnded> END_KEY =
      new Endpoint<>("identity.end-key", EndKey.class, IdentityVerbs.LoginEnded.class);

  /** Finds the key whose secret has this hash. */
  public record CheckKey(byte[] hash) {}

  public record FoundKey(Optional<ApiKey> key) {}

  public static final Endpoint<CheckKey, FoundKey> CHECK_KEY =
      new Endpoint<>("identity.check-key", CheckKey.class, FoundKey.class);
}
