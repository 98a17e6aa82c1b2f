package io.parley.identity;

import io.parley.bus.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What can be asked about the keys of programs. Secrets come as their hashes. */
public final class KeyVerbs {
  private KeyVerbs() {}

  public record CreateKey(
      long caller, String name, Set<Scope> scopes, byte[] hash, Optional<RequestKey> request) {}

  /** How that went. */
  public sealed interface Made {}

  public record Fresh(ApiKey key) implements Made {}

  /** An earlier request made it; empty when it has ended since. */
  public record Again(Optional<ApiKey> key) implements Made {}

  /** Another request came under this name. */
  public record Reused() implements Made {}

  public static final Endpoint<CreateKey, Made> CREATE_KEY =
      new Endpoint<>("identity.create-key", CreateKey.class, Made.class);

  /** Those that are good, the newest first, made before {@code before}. */
  public record FindKeys(OptionalLong before, int limit) {}

  public record Keys(List<ApiKey> keys, boolean more) {}

  public static final Endpoint<FindKeys, Keys> FIND_KEYS =
      new Endpoint<>("identity.find-keys", FindKeys.class, Keys.class);

  public record EndKey(long id) {}

  public static final Endpoint<EndKey, IdentityVerbs.Ended> END_KEY =
      new Endpoint<>("identity.end-key", EndKey.class, IdentityVerbs.Ended.class);

  /** Whose secret this is the hash of. */
  public record CheckKey(byte[] hash) {}

  public record MaybeKey(Optional<ApiKey> key) {}

  public static final Endpoint<CheckKey, MaybeKey> CHECK_KEY =
      new Endpoint<>("identity.check-key", CheckKey.class, MaybeKey.class);
}
