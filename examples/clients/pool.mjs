import { connect } from 'landfall';

const config = await connect();
const size = config.property('pool.size').asInteger(5);

const workers = [];
size.onChange(resize);
resize(size.value);

function resize(wanted) {
  while (workers.length < wanted) workers.push(setInterval(work, 1000));
  while (workers.length > wanted) clearInterval(workers.pop());
  console.log(`pool of ${workers.length}`);
}

function work() {
  // What the service does, with values of one generation: config.snapshot.get('db.url').
}
