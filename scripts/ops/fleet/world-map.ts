/** Land on each parallel, from 75° N to 55° S in steps of 5°: pairs of degrees of longitude, from west to east. By eye, for a picture. */
const LAND: readonly (readonly number[])[] = [
  [-120, -76, -60, -20, 54, 60, 90, 114],
  [-160, -96, -92, -68, -52, -24, 18, 30, 66, 178],
  [-166, -92, -84, -66, -52, -38, -23, -15, 12, 30, 34, 178],
  [-162, -140, -138, -95, -78, -65, 6, 17, 22, 160, 163, 168],
  [-130, -82, -78, -60, -6, -2, 9, 12, 20, 136, 156, 162],
  [-127, -66, -57, -56, -5, 0, 3, 140],
  [-124, -65, -1, 9, 11, 12, 15, 29, 34, 38, 40, 48, 52, 133, 142, 144],
  [-124, -74, -9, -1, 15, 17, 20, 45, 49, 122, 125, 127, 140, 141],
  [-120, -77, -6, 10, 36, 119, 127, 128, 133, 139],
  [-115, -112, -107, -97, -94, -82, -9, 34, 36, 48, 51, 121],
  [-112, -98, -81, -80, -15, 34, 38, 50, 53, 56, 62, 92, 94, 118, 121, 122],
  [-105, -97, -90, -87, -78, -76, -72, -69, -17, 37, 41, 56, 73, 86, 93, 106, 110, 111],
  [-92, -84, -17, 39, 44, 50, 74, 80, 95, 108, 120, 121],
  [-85, -83, -75, -62, -14, 44, 48, 50, 76, 79, 99, 100, 105, 107, 123, 125],
  [-77, -52, -9, 0, 3, 46, 101, 103, 115, 118],
  [-80, -50, 9, 42, 100, 103, 109, 117, 120, 121, 132, 134],
  [-80, -36, 12, 39, 104, 105, 120, 121, 138, 146],
  [-78, -37, 14, 40, 147, 149],
  [-75, -39, 13, 40, 47, 50, 125, 136, 142, 145],
  [-70, -41, 13, 35, 44, 49, 119, 147],
  [-70, -48, 15, 33, 44, 47, 114, 152],
  [-71, -50, 17, 31, 115, 153],
  [-72, -57, 19, 25, 117, 119, 136, 150, 174, 175],
  [-73, -63, 145, 147, 173, 177],
  [-73, -67, 168, 171],
  [-74, -69],
  [-70, -67],
];
const NORTHMOST = 75;
const LATITUDE_STEP = 5;
const LONGITUDE_STEP = 3.5;

/** About where the regions are, in degrees; one that is not here is in the tables only. */
const PLACES: Readonly<Record<string, readonly [latitude: number, longitude: number]>> = {
  'us-east-1': [38.9, -77.4],
  'us-east-2': [40, -83],
  'us-west-1': [37.4, -121.9],
  'us-west-2': [45.8, -119.7],
  'us-gov-east-1': [40.2, -82.4],
  'us-gov-west-1': [44, -120.6],
  'ca-central-1': [45.5, -73.6],
  'ca-west-1': [51, -114.1],
  'mx-central-1': [20.6, -100.4],
  'sa-east-1': [-23.5, -46.6],
  'sa-west-1': [-33.4, -70.7],
  'eu-west-1': [53.3, -6.3],
  'eu-west-2': [51.5, -0.1],
  'eu-west-3': [48.9, 2.4],
  'eu-central-1': [50.1, 8.7],
  'eu-central-2': [47.4, 8.5],
  'eu-north-1': [59.3, 18.1],
  'eu-south-1': [45.5, 9.2],
  'eu-south-2': [41.6, -0.9],
  'eusc-de-east-1': [52.4, 13.1],
  'il-central-1': [32.1, 34.8],
  'me-central-1': [24.4, 54.4],
  'me-south-1': [26.1, 50.6],
  'me-west-1': [24.7, 46.7],
  'af-south-1': [-33.9, 18.4],
  'ap-south-1': [19.1, 72.9],
  'ap-south-2': [17.4, 78.5],
  'ap-southeast-1': [1.3, 103.8],
  'ap-southeast-2': [-33.9, 151.2],
  'ap-southeast-3': [-6.2, 106.8],
  'ap-southeast-4': [-37.8, 145],
  'ap-southeast-5': [3.1, 101.7],
  'ap-southeast-6': [-36.8, 174.8],
  'ap-southeast-7': [13.7, 100.5],
  'ap-east-1': [22.3, 114.2],
  'ap-east-2': [25, 121.5],
  'ap-northeast-1': [35.7, 139.7],
  'ap-northeast-2': [37.6, 127],
  'ap-northeast-3': [34.7, 135.5],
  'cn-north-1': [39.9, 116.4],
  'cn-northwest-1': [37.5, 105.2],
};

export const MAP_WIDTH = 720;
export const MAP_HEIGHT = 280;

/** Where a region lies on the map; undefined for one that nobody has put there yet. */
export function placeOf(region: string): { readonly x: number; readonly y: number } | undefined {
  const place = PLACES[region];
  return place && { x: round(xOf(place[1])), y: round(yOf(place[0])) };
}

/** Land as dots: a path of strokes without length, to be drawn with round ends. */
export function landPath(): string {
  return LAND.flatMap((spans, row) => {
    const y = round(yOf(NORTHMOST - row * LATITUDE_STEP));
    const dots: string[] = [];
    for (let at = 0; at + 1 < spans.length; at += 2)
      for (let longitude = spans[at] ?? 0; longitude <= (spans[at + 1] ?? 0); longitude += LONGITUDE_STEP)
        dots.push(`M${round(xOf(longitude))} ${y}h0`);
    return dots;
  }).join('');
}

function xOf(longitude: number): number {
  return ((longitude + 170) / 350) * MAP_WIDTH;
}

function yOf(latitude: number): number {
  return ((80 - latitude) / 140) * MAP_HEIGHT;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
