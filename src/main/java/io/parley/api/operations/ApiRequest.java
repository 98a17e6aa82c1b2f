package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.contract.Contract;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request as an edge read it: path, query and body parameters are the fields of one mutable
 * map.
 */
public record ApiRequest(
    String id,
    Contract.Verb verb,
    Caller caller,
    Map<String, @Nullable Object> fields,
    @Nullable String key) {}
