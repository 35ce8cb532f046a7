"""What a data set tells of itself, and where its samples come from."""


class DataSet:
    """A data set by name; subclasses say what it has.

    `mtl_zoo.datasets.Reader` is the one that reads files; what is made rather
    than read, as `rooms` is, subclasses this.

    Attributes:
        name: String, the data set's name.
        recipe: String, the published recipe of augmentation.
        image_size: Pair `(height, width)` that images get where no other is
            asked for; `None` leaves each as it is.
        sizes: String, of what sizes the images are: `"one"`, all are alike;
            `"many"`, they may differ; `"any"`, they are made at the size that
            is asked for.
        tells_cameras: Boolean, whether each sample has a `field_of_view`,
            float32 of shape `()`, degrees across the image.
        recorded: Boolean, of a `Reader`, whether its files are read once into
            records, which then are what is read: `mtl_zoo.datasets.builder`.

    Example:

    ```python
    @mtl_zoo.register.dataset("noise")
    class Noise(mtl_zoo.datasets.DataSet):
        image_size, sizes = (64, 64), "any"

        @classmethod
        def find_splits(cls, data_dir):
            return ["train"]

        @classmethod
        def find_tasks(cls, data_dir, channels, own_tasks):
            return [mtl_zoo.tasks.Depth()]

        def source(self, split, tasks, image_size, seed, num_examples):
            values = np.random.default_rng(seed).random((9, *image_size, 1))
            return [
                {"image": np.zeros((*image_size, 3), "uint8"), "depth": depth}
                for depth in values.astype("float32")
            ]
    ```
    """

    name = None
    recipe = "nyud"
    image_size = None
    sizes = "one"
    tells_cameras = False
    recorded = False

    @classmethod
    def find_splits(cls, data_dir):
        """Names of the splits that there are.

        Args:
            data_dir: Path of the folder that holds data sets, or of the data
                set's own.

        Returns:
            A list of strings.
        """
        raise NotImplementedError

    @classmethod
    def find_tasks(cls, data_dir, channels, own_tasks):
        """The tasks that there are labels for.

        Args:
            data_dir: As for `find_splits`.
            channels: Dict task name → channels that are asked for, or `None`;
                of several sets of classes it says which.
            own_tasks: Collection of `mtl_zoo.tasks.Task` that are asked for.

        Returns:
            A list of `mtl_zoo.tasks.Task`.
        """
        raise NotImplementedError

    @classmethod
    def open(cls, data_dir, tasks):
        """The data set in a folder.

        Args:
            data_dir: As for `find_splits`.
            tasks: List of `mtl_zoo.tasks.Task`, whose labels are to be read.

        Returns:
            An object of this class.
        """
        return cls()

    def source(self, split, tasks, image_size, seed, num_examples):
        """The samples of a split.

        Args:
            split: String, one of `find_splits`.
            tasks: List of `mtl_zoo.tasks.Task`, whose labels are read.
            image_size: Pair `(height, width)`, for what is made at any size;
                samples of another size are resized.
            seed: Integer, which of the possible data sets, where it is made.
            num_examples: Integer, how many are asked for, or `None` for all;
                there may be more.

        Returns:
            A sequence of dicts of arrays: `image`, and a label per task.
        """
        raise NotImplementedError
