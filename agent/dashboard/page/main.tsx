import { render } from 'preact';
import { Board } from './board.ts';
import { Page } from './page.tsx';

const place = document.querySelector('#page');
if (place !== null) {
  const board = new Board();
  place.replaceChildren();
  render(<Page board={board} />, place);
  void board.run();
}
