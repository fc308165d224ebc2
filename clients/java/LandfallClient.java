import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The live configuration of this instance, as its Landfall agent serves it; Java 11 and newer, in one file.
 *
 * <pre>
 * LandfallClient config = LandfallClient.connect();
 * LandfallClient.Property&lt;Integer&gt; size = config.property("pool.size").asInteger(5);
 * size.onChange(pool::resize);
 * </pre>
 *
 * Over the port: Java has had Unix sockets since 16 only, and none in its HTTP client. Secrets need a token.
 */
public final class LandfallClient implements AutoCloseable {
    private static final Duration HELD = Duration.ofSeconds(60);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final String REDACTED = "[redacted]";
    /** No scalar needs more characters. A regular expression is never let loose on a value of a megabyte. */
    private static final int LONGEST = 100;
    private static final System.Logger LOG = System.getLogger("landfall");

    private final HttpClient http;
    private final URI uri;
    private final Path tokenFile;
    /** Weakly: a property that was asked for in passing is not kept until the end of the program. */
    private final Set<Property<?>> properties = Collections.newSetFromMap(new WeakHashMap<>());
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Thread follower = new Thread(this::follow, "landfall");
    private volatile Snapshot snapshot;
    private volatile Exception problem;
    private volatile boolean isClosed;

    /** Where LANDFALL_LISTEN says, else at port 5263, without secrets. */
    public static LandfallClient connect() throws InterruptedException {
        String listen = System.getenv().getOrDefault("LANDFALL_LISTEN", "127.0.0.1:5263");
        return connect(URI.create("http://" + listen), null, Duration.ofSeconds(30));
    }

    /**
     * Waits for an agent that has a configuration, and follows it until {@link #close}.
     *
     * @param tokenFile read at each request, so that a token that is new is taken up; null for none
     * @throws LandfallException when there is none within {@code patience}
     */
    public static LandfallClient connect(URI uri, Path tokenFile, Duration patience) throws InterruptedException {
        LandfallClient client = new LandfallClient(uri, tokenFile);
        long end = System.nanoTime() + patience.toNanos();
        for (int failures = 0; ; failures += 1) {
            try {
                client.snapshot = client.ask(null).orElseThrow();
                client.follower.setDaemon(true);
                client.follower.start();
                return client;
            } catch (IOException | RuntimeException error) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    String code = error instanceof LandfallException ? ((LandfallException) error).code : "LF_AGENT";
                    throw new LandfallException(code, "no configuration from " + uri + ": " + error.getMessage(), error);
                }
                Thread.sleep(Math.min(pause(failures), left));
            }
        }
    }

    private LandfallClient(URI uri, Path tokenFile) {
        this.uri = uri;
        this.tokenFile = tokenFile;
        // Never through the proxy of the JVM: the agent refuses what went through one, and the token is not for it.
        http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(ANSWER)
            .build();
    }

    /** The generation in force: who reads several keys for one piece of work reads them from one. */
    public Snapshot snapshot() {
        return snapshot;
    }

    /** Why the agent cannot be asked at present; the snapshot is the last good one then. Null while all is well. */
    public Exception problem() {
        return problem;
    }

    public Optional<String> get(String key) {
        return snapshot.get(key);
    }

    public Reader property(String key) {
        return new Reader(key);
    }

    /** Calls back with each new snapshot, after all properties have their new values. */
    public Subscription onChange(Consumer<Snapshot> listener) {
        return listen((changed, now) -> listener.accept(now));
    }

    @Override
    public void close() {
        isClosed = true;
        follower.interrupt();
        listeners.clear();
    }

    private Subscription listen(Listener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void follow() {
        for (int failures = 0; !isClosed;) {
            long began = System.nanoTime();
            try {
                Optional<Snapshot> next = ask(snapshot.etag);
                failures = 0;
                problem = null;
                if (next.isPresent() && !isClosed) adopt(next.get());
                // One that is told at once that nothing changed had to make room for others.
                else if (System.nanoTime() - began < 1_000_000_000L) Thread.sleep(pause(3));
            } catch (InterruptedException closed) {
                if (isClosed) return;
            } catch (Exception error) {
                problem = error;
                try {
                    Thread.sleep(pause(failures));
                } catch (InterruptedException closed) {
                    if (isClosed) return;
                }
                failures += 1;
            }
        }
    }

    private void adopt(Snapshot next) {
        Set<Property<?>> changed = new HashSet<>();
        synchronized (properties) {
            snapshot = next;
            for (Property<?> property : properties) if (property.read(next)) changed.add(property);
        }
        for (Listener listener : listeners) {
            try {
                listener.tell(changed, next);
            } catch (Exception error) {
                LOG.log(System.Logger.Level.ERROR, "a listener of the configuration failed", error);
            }
        }
    }

    /** Empty when it is still that of {@code etag}, after a minute at most. */
    private Optional<Snapshot> ask(String etag) throws IOException, InterruptedException {
        String query = etag == null ? "" : "?wait=" + HELD.toSeconds() + "s";
        HttpRequest.Builder request = HttpRequest.newBuilder(uri.resolve("/v1/config" + query))
            .header("Accept", "application/json")
            .timeout(etag == null ? ANSWER : HELD.plus(ANSWER));
        if (etag != null) request.header("If-None-Match", etag);
        if (tokenFile != null) {
            String token = new String(Files.readAllBytes(tokenFile), StandardCharsets.UTF_8).trim();
            request.header("Authorization", "Bearer " + token);
        }
        HttpResponse<String> answer = send(request.build());
        if (answer.statusCode() == 304 && etag != null) return Optional.empty();
        if (answer.statusCode() != 200) throw refusal(answer);
        Snapshot read = new Snapshot(Json.parse(answer.body()), answer.headers().firstValue("ETag").orElse(null));
        // An agent that was started anew has another token: better the secrets that were, than none.
        if (tokenFile != null && !read.withheld.isEmpty()) {
            throw new LandfallException("LF_UNAUTHORIZED", uri + " does not take the token", null);
        }
        return Optional.of(read);
    }

    /** The time limit of a request ends with its head: this one holds for the body as well. */
    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<String>> sent = http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
        try {
            return sent.get(request.timeout().orElse(ANSWER).toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new IOException(uri + ": " + failed.getCause().getMessage(), failed.getCause());
        } catch (TimeoutException late) {
            throw new IOException(uri + " does not answer", late);
        } finally {
            sent.cancel(true);
        }
    }

    private LandfallException refusal(HttpResponse<String> answer) {
        Map<?, ?> told = Map.of();
        try {
            Object parsed = Json.parse(answer.body());
            if (parsed instanceof Map) told = (Map<?, ?>) parsed;
        } catch (IllegalArgumentException noJson) {
            // What is no JSON is no answer of an agent: the status has to do.
        }
        Object code = told.get("code");
        Object detail = told.get("detail");
        String why = uri + " answers " + answer.statusCode() + ": " + (detail == null ? "no reason given" : detail);
        return new LandfallException(code == null ? "LF_AGENT" : code.toString(), why, null);
    }

    private static long pause(int failures) {
        long longest = Math.min(50L << Math.min(failures, 10), 2000);
        return longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1);
    }

    private interface Listener {
        void tell(Set<Property<?>> changed, Snapshot snapshot);
    }

    /** What ends it. */
    public interface Subscription {
        void unsubscribe();
    }

    /** The configuration could not be read; {@code code} is one of Landfall's, where the agent gave one. */
    public static final class LandfallException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        public final String code;

        LandfallException(String code, String message, Throwable cause) {
            super(message, cause);
            this.code = code;
        }
    }

    /** One generation, whole. It never changes. */
    public static final class Snapshot {
        private final String etag;
        private final Map<String, Object> values = new LinkedHashMap<>();
        private final Map<String, Object> about = new LinkedHashMap<>();
        private final Set<String> withheld = new HashSet<>();

        Snapshot(Object document, String etag) {
            this.etag = etag;
            Object properties = document instanceof Map ? ((Map<?, ?>) document).get("properties") : null;
            if (!(properties instanceof Map) || !(((Map<?, ?>) document).get("digest") instanceof String)) {
                throw new IllegalArgumentException("the answer is no configuration");
            }
            // In its place a program would try it as a password until the account is locked.
            ((Map<?, ?>) properties).forEach((key, value) -> {
                if (REDACTED.equals(value)) withheld.add((String) key);
                else values.put((String) key, value);
            });
            ((Map<?, ?>) document).forEach((name, value) -> {
                if (!name.equals("properties")) about.put((String) name, value);
            });
        }

        /** A text; a list is its JSON text. */
        public Optional<String> get(String key) {
            return Optional.ofNullable(values.get(key)).map(LandfallClient::textOf);
        }

        public Set<String> keys() {
            return Collections.unmodifiableSet(values.keySet());
        }

        /** generation, release, digest, region, zone, account, role, environment, instanceId, activatedAt. */
        public Map<String, Object> about() {
            return Collections.unmodifiableMap(about);
        }

        /** Secrets that are left out, for want of a token. */
        public Set<String> withheld() {
            return Collections.unmodifiableSet(withheld);
        }
    }

    /** A typed key that follows the configuration. */
    public final class Property<T> {
        private final String key;
        private final String type;
        private final Function<Object, T> typed;
        private final T fallback;
        private volatile T value;
        private volatile LandfallException problem;
        private Object seen;

        private Property(String key, String type, Function<Object, T> typed, T fallback) {
            this.key = key;
            this.type = type;
            this.typed = typed;
            this.fallback = fallback;
            this.value = fallback;
            synchronized (properties) {
                read(snapshot);
                properties.add(this);
            }
        }

        public String getKey() {
            return key;
        }

        /** Of the key; else the last one that was of this type; else the default. */
        public T get() {
            return value;
        }

        /** Set while the key holds something that is not of its type, or a secret that is not shown; else null. */
        public LandfallException problem() {
            return problem;
        }

        /** Calls back with each new value, not with the present one. */
        public Subscription onChange(Consumer<T> listener) {
            return listen((changed, now) -> {
                if (changed.contains(this)) listener.accept(value);
            });
        }

        private boolean read(Snapshot now) {
            Object raw = now.values.get(key);
            if (raw == null) {
                String secret = "'" + key + "' is a secret: connect with a token";
                problem = now.withheld.contains(key) ? new LandfallException("LF_UNAUTHORIZED", secret, null) : null;
                seen = null;
                return become(fallback);
            }
            T read;
            try {
                read = typed.apply(raw);
            } catch (RuntimeException refused) {
                // Without what was refused: it may be a secret.
                problem = new LandfallException("LF_VALUE_TYPE", "'" + key + "' is not " + type, null);
                return false;
            }
            problem = null;
            if (raw.equals(seen)) return false;
            seen = raw;
            return become(read);
        }

        private boolean become(T next) {
            boolean isAnother = !Objects.equals(next, value);
            value = next;
            return isAnother;
        }
    }

    /** The types in which a key can be read. A default may be null. */
    public final class Reader {
        private final String key;

        private Reader(String key) {
            this.key = key;
        }

        public Property<String> asString(String fallback) {
            return new Property<>(key, "a string", LandfallClient::textOf, fallback);
        }

        public Property<Boolean> asBoolean(Boolean fallback) {
            return new Property<>(key, "a boolean", LandfallClient::booleanOf, fallback);
        }

        public Property<Integer> asInteger(Integer fallback) {
            return new Property<>(key, "an integer", raw -> Math.toIntExact(longOf(raw)), fallback);
        }

        /** Up to 2^53 - 1, as in every other client. */
        public Property<Long> asLong(Long fallback) {
            return new Property<>(key, "an integer", LandfallClient::longOf, fallback);
        }

        public Property<Double> asDouble(Double fallback) {
            return new Property<>(key, "a number", LandfallClient::doubleOf, fallback);
        }

        public Property<Duration> asDuration(Duration fallback) {
            return new Property<>(key, "a duration such as 250ms, 30s or 1h30m", LandfallClient::durationOf, fallback);
        }

        /** Bytes. */
        public Property<Long> asSize(Long fallback) {
            return new Property<>(key, "a size such as 64k, 10MiB or 10MB", LandfallClient::sizeOf, fallback);
        }

        public Property<List<?>> asList(List<?> fallback) {
            return new Property<>(key, "a list", LandfallClient::listOf, fallback);
        }

        public Property<Map<String, String>> asMap(Map<String, String> fallback) {
            return new Property<>(key, "a map such as k1=v1,k2=v2", LandfallClient::mapOf, fallback);
        }

        /** Map, List, String, BigDecimal, Boolean or null. */
        public Property<Object> asJson(Object fallback) {
            return new Property<>(key, "JSON", LandfallClient::jsonOf, fallback);
        }

        /** {@code read} throws where the text does not fit. */
        public <T> Property<T> asType(Function<String, T> read, T fallback) {
            return new Property<>(key, "of its type", raw -> read.apply(textOf(raw)), fallback);
        }
    }

    // Each throws where the value does not fit. The rows of clients/typed-reads.json hold for every client.

    static Boolean booleanOf(Object raw) {
        String word = strip(scalar(raw)).toLowerCase(Locale.ROOT);
        if (List.of("true", "t", "yes", "y", "on", "1").contains(word)) return true;
        if (List.of("false", "f", "no", "n", "off", "0").contains(word)) return false;
        throw new IllegalArgumentException("no boolean");
    }

    static Long longOf(Object raw) {
        long number = Long.parseLong(matched("[+-]?[0-9]+", scalar(raw)).group());
        if (Math.abs(number) > (1L << 53) - 1) throw new IllegalArgumentException("beyond 2^53");
        return number;
    }

    static Double doubleOf(Object raw) {
        String text = matched("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?", scalar(raw)).group();
        double number = Double.parseDouble(text);
        if (Double.isInfinite(number)) throw new IllegalArgumentException("not finite");
        return number;
    }

    static Duration durationOf(Object raw) {
        String text = strip(scalar(raw));
        if (text.matches("[0-9]+(\\.[0-9]+)?")) text += "s";
        matched("([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+", text);
        Map<String, Long> units = Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);
        BigDecimal total = BigDecimal.ZERO;
        for (Matcher part = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ms|s|m|h|d)").matcher(text); part.find();) {
            total = total.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(units.get(part.group(2)))));
        }
        return Duration.ofNanos(total.movePointRight(6).longValueExact());
    }

    static Long sizeOf(Object raw) {
        Pattern form = Pattern.compile("\\s*([0-9]+(?:\\.[0-9]+)?)\\s*(?:([kmgt])(i?b)?|b)?\\s*", Pattern.CASE_INSENSITIVE);
        Matcher match = form.matcher(scalar(raw));
        if (!match.matches()) throw new IllegalArgumentException("no size");
        int exponent = match.group(2) == null ? 0 : 1 + "kmgt".indexOf(match.group(2).toLowerCase(Locale.ROOT));
        int base = "b".equalsIgnoreCase(match.group(3)) ? 1000 : 1024;
        long bytes = new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(base).pow(exponent)).longValueExact();
        if (bytes > (1L << 53) - 1) throw new IllegalArgumentException("beyond 2^53");
        return bytes;
    }

    static List<?> listOf(Object raw) {
        return raw instanceof List ? Collections.unmodifiableList((List<?>) raw) : parts((String) raw);
    }

    static Map<String, String> mapOf(Object raw) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String pair : parts((String) raw)) {
            int split = pair.indexOf('=');
            String key = strip(pair.substring(0, Math.max(split, 0)));
            if (key.isEmpty()) throw new IllegalArgumentException("no pair");
            pairs.put(key, strip(pair.substring(split + 1)));
        }
        return Collections.unmodifiableMap(pairs);
    }

    static Object jsonOf(Object raw) {
        return raw instanceof String ? Json.parse((String) raw) : raw;
    }

    private static String scalar(Object raw) {
        if (!(raw instanceof String) || ((String) raw).length() > LONGEST) throw new IllegalArgumentException("no scalar");
        return (String) raw;
    }

    private static Matcher matched(String pattern, String text) {
        Matcher match = Pattern.compile(pattern).matcher(text);
        if (!match.matches()) throw new IllegalArgumentException("does not fit");
        return match;
    }

    private static List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        for (String part : text.split(",")) if (!strip(part).isEmpty()) parts.add(strip(part));
        return Collections.unmodifiableList(parts);
    }

    private static String strip(String text) {
        return text.strip();
    }

    private static String textOf(Object raw) {
        return raw instanceof String ? (String) raw : Json.print(raw);
    }

    /** As much of RFC 8259 as an agent sends and a value can be: objects, lists, texts, numbers, truths, null. */
    static final class Json {
        private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
        /** The agent nests no deeper; a hostile text shall not exhaust the stack. */
        private static final int DEEPEST = 200;
        private final String text;
        private int at;

        private Json(String text) {
            this.text = text;
        }

        static Object parse(String text) {
            Json json = new Json(text);
            Object value = json.value(0);
            json.blanks();
            if (json.at < text.length()) throw json.wrong();
            return value;
        }

        static String print(Object value) {
            if (value instanceof String) return quoted((String) value);
            StringBuilder out = new StringBuilder();
            if (value instanceof List) {
                for (Object item : (List<?>) value) out.append(out.length() == 0 ? "" : ",").append(print(item));
                return "[" + out + "]";
            }
            if (value instanceof Map) {
                ((Map<?, ?>) value).forEach((name, item) -> out.append(out.length() == 0 ? "" : ",")
                    .append(quoted((String) name)).append(':').append(print(item)));
                return "{" + out + "}";
            }
            return String.valueOf(value);
        }

        private static String quoted(String text) {
            StringBuilder out = new StringBuilder("\"");
            for (char c : text.toCharArray()) {
                if (c == '"' || c == '\\') out.append('\\').append(c);
                else if (c == '\n') out.append("\\n");
                else if (c < ' ') out.append(String.format("\\u%04x", (int) c));
                else out.append(c);
            }
            return out.append('"').toString();
        }

        private Object value(int depth) {
            if (depth > DEEPEST) throw wrong();
            blanks();
            if (at >= text.length()) throw wrong();
            switch (text.charAt(at)) {
                case '{':
                    return object(depth);
                case '[':
                    return list(depth);
                case '"':
                    return string();
                case 't':
                    return word("true", true);
                case 'f':
                    return word("false", false);
                case 'n':
                    return word("null", null);
                default:
                    Matcher number = NUMBER.matcher(text).region(at, text.length());
                    if (!number.lookingAt()) throw wrong();
                    at = number.end();
                    return new BigDecimal(number.group());
            }
        }

        private Map<String, Object> object(int depth) {
            Map<String, Object> members = new LinkedHashMap<>();
            at += 1;
            if (takes('}')) return members;
            do {
                blanks();
                String name = string();
                if (!takes(':')) throw wrong();
                members.put(name, value(depth + 1));
            } while (takes(','));
            if (!takes('}')) throw wrong();
            return members;
        }

        private List<Object> list(int depth) {
            List<Object> items = new ArrayList<>();
            at += 1;
            if (takes(']')) return items;
            do items.add(value(depth + 1));
            while (takes(','));
            if (!takes(']')) throw wrong();
            return items;
        }

        private String string() {
            if (at >= text.length() || text.charAt(at) != '"') throw wrong();
            StringBuilder out = new StringBuilder();
            for (at += 1; at < text.length(); at += 1) {
                char c = text.charAt(at);
                if (c == '"') {
                    at += 1;
                    return out.toString();
                }
                if (c < ' ') throw wrong();
                out.append(c == '\\' ? escaped() : c);
            }
            throw wrong();
        }

        private char escaped() {
            at += 1;
            char c = at < text.length() ? text.charAt(at) : 0;
            int plain = "\"\\/bfnrt".indexOf(c);
            if (plain >= 0) return "\"\\/\b\f\n\r\t".charAt(plain);
            Matcher hex = Pattern.compile("u([0-9a-fA-F]{4})").matcher(text).region(at, text.length());
            if (!hex.lookingAt()) throw wrong();
            at += 4;
            return (char) Integer.parseInt(hex.group(1), 16);
        }

        private Object word(String word, Object meaning) {
            if (!text.startsWith(word, at)) throw wrong();
            at += word.length();
            return meaning;
        }

        private boolean takes(char wanted) {
            blanks();
            boolean isThere = at < text.length() && text.charAt(at) == wanted;
            if (isThere) at += 1;
            return isThere;
        }

        private void blanks() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at += 1;
        }

        private IllegalArgumentException wrong() {
            return new IllegalArgumentException("no JSON at character " + at);
        }
    }
}
