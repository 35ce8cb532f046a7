// The photo's pixels at their distances, as points that one can turn.

import { OrbitControls } from "./vendor/OrbitControls.js";
import * as THREE from "./vendor/three.module.js";

const MAX_POINTS = 200000;
// Between a thing and what is behind it, distances are neither's.
const MAX_JUMP = 0.06;

export class Points {
  constructor(canvas) {
    this.canvas = canvas;
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true });
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio));
    this.renderer.setClearColor(0, 0);
    this.scene = new THREE.Scene();
    this.camera = new THREE.PerspectiveCamera(60, 4 / 3, 0.05, 200);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.addEventListener("change", () => this.render());
    this.material = new THREE.PointsMaterial({
      vertexColors: true,
      sizeAttenuation: true,
    });
    this.gap = 0;
    this.cloud = new THREE.Points(new THREE.BufferGeometry(), this.material);
    this.scene.add(this.cloud);
    canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
  }

  // `depth` in metres, `rgba` what the points look like, `fov` across, in
  // degrees; `shown(i)` leaves points out.
  set({ depth, rgba, size: [height, width], fov, shown }) {
    const focal = width / 2 / Math.tan((fov * Math.PI) / 360);
    const step = Math.ceil(Math.sqrt((height * width) / MAX_POINTS));
    const positions = [];
    const colors = [];
    const distances = [];
    const color = new THREE.Color();
    for (let y = step; y < height - step; y += step) {
      for (let x = step; x < width - step; x += step) {
        const i = y * width + x;
        const z = depth[i];
        const jump = Math.max(
          Math.abs(depth[i - step] - depth[i + step]),
          Math.abs(depth[i - step * width] - depth[i + step * width]),
        );
        if (!(z > 0) || jump > 2 * step * MAX_JUMP * z || !shown(i)) continue;
        positions.push(
          ((x + 0.5 - width / 2) * z) / focal,
          ((height / 2 - y - 0.5) * z) / focal,
          -z,
        );
        color.setRGB(
          rgba[4 * i] / 255,
          rgba[4 * i + 1] / 255,
          rgba[4 * i + 2] / 255,
          THREE.SRGBColorSpace,
        );
        colors.push(color.r, color.g, color.b);
        distances.push(z);
      }
    }
    const { geometry } = this.cloud;
    geometry.setAttribute(
      "position",
      new THREE.Float32BufferAttribute(positions, 3),
    );
    geometry.setAttribute("color", new THREE.Float32BufferAttribute(colors, 3));
    geometry.computeBoundingSphere();
    distances.sort((a, b) => a - b);
    this.middle = distances[distances.length >> 1] ?? 2;
    this.gap = (step * this.middle) / focal;
    this.count = distances.length;
    this.cloud.visible = true;
    this.canvas.setAttribute(
      "aria-label",
      `${this.count} points in space, seen from where the photo was taken`,
    );
    if (!this.placed) this.home();
    this.render();
  }

  clear() {
    this.cloud.visible = false;
    this.canvas.setAttribute("aria-label", "No points yet");
    this.render();
  }

  home() {
    this.placed = true;
    this.camera.position.set(0.35 * this.middle, 0.3 * this.middle, 0.35);
    this.controls.target.set(0, 0, -this.middle);
    this.controls.update();
  }

  key(event) {
    const turn = {
      ArrowLeft: [-0.1, 0],
      ArrowRight: [0.1, 0],
      ArrowUp: [0, -0.1],
      ArrowDown: [0, 0.1],
    }[event.key];
    const zoom = { "+": 0.9, "-": 1.1 }[event.key];
    if (!turn && !zoom && event.key !== "0") return;
    event.preventDefault();
    if (event.key === "0") return this.home();
    const from = this.camera.position.clone().sub(this.controls.target);
    const place = new THREE.Spherical().setFromVector3(from);
    if (zoom) place.radius *= zoom;
    if (turn) {
      place.theta += turn[0];
      place.phi += turn[1];
      place.makeSafe();
    }
    from.setFromSpherical(place);
    this.camera.position.copy(this.controls.target).add(from);
    this.controls.update();
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    // Across a wide canvas and on an upright one, the photo fills it.
    this.camera.fov = width > 1.3 * height ? 46 : 60;
    this.camera.updateProjectionMatrix();
    this.render();
  }

  render() {
    // Larger than the gap between two points in the middle; three.js leaves
    // the field of view out of their size.
    const fov = (this.camera.fov * Math.PI) / 180;
    this.material.size = (1.8 * this.gap) / Math.tan(fov / 2);
    this.renderer.render(this.scene, this.camera);
  }
}
