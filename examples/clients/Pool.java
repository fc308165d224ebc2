import java.util.ArrayDeque;
import java.util.Deque;

public final class Pool {
    private final Deque<Thread> workers = new ArrayDeque<>();

    public static void main(String[] args) throws InterruptedException {
        LandfallClient config = LandfallClient.connect();
        LandfallClient.Property<Integer> size = config.property("pool.size").asInteger(5);
        Pool pool = new Pool();
        pool.resize(size.get());
        size.onChange(pool::resize);
    }

    private synchronized void resize(int wanted) {
        while (workers.size() < wanted) {
            workers.push(new Thread(this::work));
            workers.peek().start();
        }
        while (workers.size() > wanted) workers.pop().interrupt();
        System.out.println("pool of " + workers.size());
    }

    private void work() {
        try {
            // What the service does, with values of one generation: config.snapshot().get("db.url").
            while (true) Thread.sleep(1000);
        } catch (InterruptedException ended) {
            // The pool became smaller.
        }
    }
}
