using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Weights.Onnx;

/// <summary>
/// Writes the network of a checkpoint as an ONNX file, after ONNX Runtime has computed the same logits from it.
/// </summary>
/// <param name="Model">The checkpoint's architecture.</param>
public sealed record OnnxExport(IArchitecture Model)
{
    /// <summary>How many images are compared.</summary>
    public const int Compared = 100;

    /// <summary>The largest difference between logits, in shares of the largest logit.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Which of the checkpoint's weights; null for those that its run measured.</summary>
    public WeightsChoice? Weights { get; init; }

    /// <summary>Whether the normalisation becomes part of the file, which then takes images in [0, 1].</summary>
    public bool Normalise { get; init; } = true;

    /// <summary>The images to compare on, float32 [N, C, H, W] in [0, 1]; null for 100 random ones.</summary>
    public Tensor? Images { get; init; }

    /// <summary>Writes the file whole or not at all.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="path">The file; must not exist.</param>
    /// <returns>The largest difference between logits, in shares of the largest logit.</returns>
    /// <exception cref="TrainerException">
    /// The source is no checkpoint, the network cannot be exported, the file cannot be written, or ONNX Runtime
    /// computes other logits.
    /// </exception>
    public double Write(WeightsSource source, string path)
    {
        Destination.CheckNewFile("file", path);
        var temporary = Temporary(path);
        try
        {
            var difference = Export(source, temporary);
            Destination.CreateFolderOf(path);
            File.Move(temporary, path);
            return difference;
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Other, $"'{path}' cannot be written: {exception.Message.TrimEnd('.')}. "
                + "Make room or name another file.", exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Runs the network and states its operations; writes nothing.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <exception cref="TrainerException">See <see cref="Write(WeightsSource, string)"/>.</exception>
    public void Try(WeightsSource source) => Export(source, temporary: null);

    private double Export(WeightsSource source, string? temporary)
    {
        if (source.Checkpoint is not { } checkpoint)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{source.Path}' is a file of weights, expected a run folder or a checkpoint.");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var tensors = source.Open(source.FileOf(Weights));
        var (shape, classes) = Described(tensors);
        using var network = Build(shape, classes);
        WeightsLoader.Load(tensors, network);
        network.eval();
        using var classifier = new Classifier(network, classes, Model.Normalisation);
        using (var stream = temporary is null ? Stream.Null : new FileStream(temporary, FileMode.CreateNew))
            Write(stream, classifier, shape, Metadata(tensors, checkpoint));
        var images = Images ?? RandomSource.ForBatch(RandomKey.Of(0))
            .Uniform(zeros(Compared, shape.Channels, shape.Height, shape.Width));
        if (temporary is not null)
            return Compare(temporary, classifier, images);
        classifier.Logits(images);
        return 0;
    }

    private void Write(
        Stream stream, Classifier classifier, ImageShape shape, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        try
        {
            OnnxFile.Write(stream, classifier, shape, Normalise, metadata);
        }
        catch (NotSupportedException exception)
        {
            throw new TrainerException(
                ErrorKind.Recipe, $"model: {exception.Message} Export to a .safetensors file instead.", exception);
        }
    }

    /// <summary>Compares logits, of one image and of the others together: the file takes batches of any size.</summary>
    internal double Compare(string file, Classifier classifier, Tensor images)
    {
        using var session = new OnnxSession(file);
        var input = Normalise || classifier.Normalisation is not { } normalisation ? images
            : (images - Channels(normalisation.Mean)) / Channels(normalisation.Deviation);
        long[] sizes = images.shape[0] > 1 ? [1, images.shape[0] - 1] : [1];
        var (expected, found) = (classifier.Logits(images), cat([.. input.split(sizes).Select(session.Run)], 0));
        var difference = (found - expected).abs().max().item<float>() / (double)expected.abs().max().item<float>();
        // Not "difference > Tolerance": NaN is no agreement.
        return difference <= Tolerance ? difference
            : throw new TrainerException(
                ErrorKind.Other, FormattableString.Invariant($"ONNX Runtime's logits differ from the network's by ")
                + FormattableString.Invariant($"{difference:0.0e+0} of the largest logit on {images.shape[0]} images, ")
                + FormattableString.Invariant($"expected at most {Tolerance}. Nothing was written."));

        static Tensor Channels(IReadOnlyList<double> values) =>
            tensor(values.Select(value => (float)value).ToArray()).reshape(1, values.Count, 1, 1);
    }

    private Module Build(ImageShape shape, int classes)
    {
        using var state = get_rng_state();
        try
        {
            return Model.Build(shape, classes);
        }
        finally
        {
            set_rng_state(state);
        }
    }

    private Dictionary<string, string> Metadata(ITensorFile tensors, Checkpoint checkpoint)
    {
        var metadata = WeightsExport.Metadata(tensors, checkpoint);
        metadata.Remove("format");
        metadata["range"] = "0 to 1";
        metadata["normalisation"] = Model.Normalisation is null ? "none"
            : Normalise ? "in this file" : "before this file: (image - mean) / std";
        return metadata;
    }

    private static (ImageShape Shape, int Classes) Described(ITensorFile tensors)
    {
        var sizes = tensors.Metadata.GetValueOrDefault(WeightsDescription.ImageKey)?.Split('x');
        return sizes is [var channels, var height, var width]
            && int.TryParse(tensors.Metadata.GetValueOrDefault(WeightsDescription.ClassesKey), out var classes)
            ? (new(long.Parse(channels), long.Parse(height), long.Parse(width)), classes)
            : throw new TrainerException(
                ErrorKind.Checkpoint, $"'{tensors.Path}' does not state for which images and how many classes it is. "
                + "Resume its run once: checkpoints that it then saves state it.");
    }

    /// <summary>A name in the folder of the file, or in the first one above it that exists.</summary>
    private static string Temporary(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.part");
    }
}
