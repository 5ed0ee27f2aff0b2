using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Encoded;
using Trainer.Recipes;

namespace Trainer.Tests.Data.Encoded;

public sealed class ImageFolderDataSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public ImageFolderDataSetTests()
    {
        Put("rgb.png", "train/cat/1.png", "train/dog/deeper/0.PNG", "test/cat/x.png", "test/Zebra/1.png",
            "train/Zebra/1.png");
        Put("444.jpg", "train/cat/2.jpg", "train/cat/3.JPEG", "test/dog/x.jpeg");
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_class_s_label_is_its_place_in_ordinal_order()
    {
        using var data = Load();
        Assert.Equal(["Zebra", "cat", "dog"], data.Train.ClassNames);
        Assert.Equal(["Zebra", "cat", "dog"], data.Test.ClassNames);
        Assert.Equal((5, 3), (data.Train.Count, data.Test.Count));
        Assert.Equal([0L, 1, 2], data.Test.Labels.data<long>().ToArray());
    }

    [Fact]
    public void Images_are_interleaved_over_the_classes_or_ordered_by_name()
    {
        using var interleaved = Load();
        // The first of Zebra, cat and dog, then the second and third of cat, which are JPEG.
        Assert.Equal([0L, 1, 2, 1, 1], interleaved.Train.Labels.data<long>().ToArray());
        TensorAssert.Same(Planes("444.jpg"), interleaved.Train.Images[3]);
        using var named = Load(source => source with { Order = FolderOrder.Name });
        // Zebra/1.png, cat/1.png, cat/2.jpg, cat/3.JPEG, dog/deeper/0.PNG.
        Assert.Equal([0L, 1, 1, 1, 2], named.Train.Labels.data<long>().ToArray());
        TensorAssert.Same(Planes("444.jpg"), named.Train.Images[2]);
        TensorAssert.Same(Planes("rgb.png"), named.Train.Images[4]);
    }

    [Fact]
    public void Images_are_resized_cropped_and_made_grey()
    {
        using var data = Load(source => source with { Resize = 10, Crop = 9, Grey = true });
        Assert.Equal([5, 1, 9, 9], data.Train.Images.shape);
        using var colours = Load(source => source with { Resize = 10, Crop = 9 });
        var expected = PillowImages.Planes(
            new(PillowImages.Expected("rgb.png", "resizedMiddle"), 9, 9, 3));
        TensorAssert.Same(tensor(expected).reshape(3, 9, 9), colours.Train.Images[0]);
    }

    [Fact]
    public void Held_out_rows_and_test_images_alone_are_those_of_every_source()
    {
        using var data = Load(source => source with { Validation = 2 });
        Assert.Equal((3, 2, 3), (data.Train.Count, data.Validation.Count, data.Test.Count));
        Directory.Delete(folder.At("train"), recursive: true);
        using var alone = Source.LoadTest([]);
        Assert.Equal(data.TestFingerprint, alone.TestFingerprint);
        Assert.Equal(["Zebra", "cat", "dog"], alone.Test.ClassNames);
    }

    [Fact]
    public void Test_images_alone_must_have_the_training_folders_where_these_exist()
    {
        // Labels are places in ordinal order: Cat would be 0, where cat is 1.
        Directory.Move(folder.At("test", "cat"), folder.At("test", "Cat"));
        Assert.Contains(" (missing: cat; only here: Cat), ", Assert.Throws<TrainerException>(() =>
            Source.LoadTest([])).Message, StringComparison.Ordinal);
        using var other = (Source with { Train = folder.At("none") }).LoadTest([]);
        Assert.Equal(["Cat", "Zebra", "dog"], other.Test.ClassNames);
    }

    [Fact]
    public void Other_files_and_hidden_ones_are_ignored()
    {
        using var before = Load();
        Put("rgb.png", "train/readme.txt", "train/cat/notes.txt", "train/cat/.hidden.png", "train/.git/a.png",
            "train/loose.png");
        using var after = Load();
        Assert.Equal(before.Fingerprint, after.Fingerprint);
        Put("rgb.png", "train/cat/4.png");
        using var more = Load();
        Assert.NotEqual(before.Fingerprint, more.Fingerprint);
    }

    [Fact]
    public void An_image_in_another_format_is_refused_so_that_none_is_left_out_in_silence()
    {
        Put("picture.webp", "train/dog/picture.webp");
        Assert.Equal(
            $"{folder.At("train", "dog", "picture.webp")} is an image in a format that is not read, expected PNG or "
            + $"JPEG. Convert it, or move it away.", Fault());
        File.Move(folder.At("train", "dog", "picture.webp"), folder.At("train", "dog", "renamed.png"));
        Assert.StartsWith(
            $"{folder.At("train", "dog", "renamed.png")} begins with 52494646", Fault(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_damaged_image_in_the_data_set_s_order_is_named()
    {
        foreach (var number in Enumerable.Range(10, 30))
            Put("rgb.png", $"train/cat/{number}.png");
        foreach (var name in (string[])["35", "12", "20"])
            File.WriteAllText(folder.At("train", "cat", $"{name}.png"), "");
        Assert.Equal(
            $"{folder.At("train", "cat", "12.png")} is empty, expected a PNG or JPEG image. "
            + "Correct or replace the file.", Fault());
    }

    [Fact]
    public void Images_of_two_sizes_are_refused_with_both_and_the_remedy()
    {
        File.WriteAllBytes(folder.At("train", "dog", "small.png"), Engine.Pictures.Png.Encode(zeros(3, 4,
            5).to(ScalarType.Byte)));
        Assert.Equal(
            $"{folder.At("train", "dog", "small.png")} is an image of 5×4 pixels, but "
            + $"{folder.At("train", "Zebra", "1.png")} "
            + "is one of 23×17, expected one size. Set data.resize and data.crop, which make them alike.", Fault());
    }

    [Fact]
    public void Folders_that_are_missing_empty_or_not_alike_are_refused()
    {
        Directory.CreateDirectory(folder.At("train", "owl"));
        Assert.Equal(
            $"{folder.At("test")} has other class folders than {folder.At("train")} (missing: owl), expected the same "
            + "ones. Make them the same: labels are their places in ordinal order.", Fault());
        Directory.CreateDirectory(folder.At("test", "bat"));
        Assert.Contains(" (missing: owl; only here: bat), ", Fault(), StringComparison.Ordinal);
        Directory.Delete(folder.At("test", "bat"));
        Directory.CreateDirectory(folder.At("test", "owl"));
        Assert.Equal(
            $"{folder.At("train", "owl")} holds no image, expected files with the extension .png, .jpg, .jpeg. Put the "
            + "class's images there, or remove the folder.", Fault());
        Assert.Equal(
            $"{folder.At("train", "owl")} holds no folder, expected one for each of at least two classes. Correct "
            + "data.test.", Fault(Source with { Test = folder.At("train", "owl") }));
        Assert.Equal(
            $"'{folder.At("none")}' is no folder, expected one with a folder for each class. Correct "
            + "data.train: a relative path in a file belongs to that file's folder, another to the working folder.",
            Fault(Source with { Train = folder.At("none") }));
    }

    [Fact]
    public void Class_folders_whose_names_look_alike_are_refused_with_the_reason()
    {
        foreach (var (part, name) in ((string, string)[])[("train", "\u00C4pfel"), ("test", "A\u0308pfel")])
            Put("rgb.png", $"{part}/{name}/1.png");
        var (train, test) = (folder.At("train"), folder.At("test"));
        Assert.Equal(
            $"{test} has other class folders than {train} (missing: \u00C4pfel; only here: A\u0308pfel), expected the "
            + "same ones. Some have letters with combining marks (NFD), which are others than composed letters (NFC). "
            + $"Rename them, for example by: convmv -r -f utf8 -t utf8 --nfc --notest {train} {test}.", Fault());
    }

    [Fact]
    public void A_crop_beyond_the_image_is_the_recipe_s_fault()
    {
        Assert.Equal(
            $"{folder.At("train", "Zebra", "1.png")} is an image of 23×17 pixels, expected at least 18×18, of which "
            + "data.crop takes the middle. Lower data.crop, or set data.resize.", Fault(Source with { Crop = 18 }));
        Assert.Equal(
            ("crop", "found 11, but resize makes the shorter side 10; expected at most 10, or a larger resize"),
            Assert.Single((Source with { Resize = 10, Crop = 11 }).Conflicts()) is var conflict
                ? (conflict.Path, conflict.Problem) : default);
        Assert.Empty((Source with { Resize = 10, Crop = 10 }).Conflicts());
        Assert.Single(new ParquetDataSet { Train = "", Test = "", Resize = 10, Crop = 11 }.Conflicts());
    }

    [Fact]
    public void Images_behind_a_link_are_read_and_a_loop_of_links_is_refused()
    {
        Put("rgb.png", "elsewhere/7.png");
        Directory.CreateSymbolicLink(folder.At("train", "dog", "linked"), folder.At("elsewhere"));
        using var data = Load();
        Assert.Equal(6, data.Train.Count);
        foreach (var target in (string[])["..", folder.At("train", "cat")])
        {
            var loop = Directory.CreateSymbolicLink(folder.At("train", "cat", "loop"), target).FullName;
            Assert.StartsWith($"{loop} is a link to ", Fault(), StringComparison.Ordinal);
            Directory.Delete(loop);
        }
        // A loop over two links, each of which leads to another class.
        Directory.CreateSymbolicLink(folder.At("train", "cat", "loop"), "../dog");
        Directory.CreateSymbolicLink(folder.At("train", "dog", "loop"), "../cat");
        Assert.Contains("expected no loop of links. Remove the link.", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void Test_images_of_another_size_are_refused()
    {
        foreach (var file in Directory.GetFiles(folder.At("test"), "*", SearchOption.AllDirectories))
            File.WriteAllBytes(file, Engine.Pictures.Png.Encode(zeros(3, 4, 5).to(ScalarType.Byte)));
        Assert.Equal(
            $"{folder.At("test")} holds images of 3×4×5, but {folder.At("train")} holds images of 3×17×23. Make them "
            + $"of one shape.", Fault());
    }

    private ImageFolderDataSet Source => new() { Train = folder.At("train"), Test = folder.At("test") };

    private DataSplits Load(Func<ImageFolderDataSet, ImageFolderDataSet>? change = null) =>
        (change is null ? Source : change(Source)).Load([]);

    private void Put(string image, params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.At(file))!);
            File.Copy(PillowImages.At(image), folder.At(file));
        }
    }

    private static Tensor Planes(string name) =>
        tensor(PillowImages.Planes(PillowImages.Decode(name))).reshape(3, 17, 23);

    private string Fault(ImageFolderDataSet? source = null)
    {
        var error = Assert.Throws<TrainerException>(() => (source ?? Source).Load([]));
        Assert.Equal(ErrorKind.Data, error.Kind);
        return error.Message;
    }
}
