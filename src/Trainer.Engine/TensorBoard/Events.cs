using Google.Protobuf;
using Tensorboard;

namespace Trainer.Engine.TensorBoard;

/// <summary>TensorBoard's events, in the message types that come with TorchSharp.</summary>
internal static class Events
{
    /// <summary>What a file begins with.</summary>
    public static Event Version() => new() { WallTime = Now, FileVersion = "brain.Event:2" };

    /// <summary>A session start: earlier files are void from this step on.</summary>
    public static Event SessionStart(long step) => new()
    {
        WallTime = Now,
        Step = step,
        SessionLog = new() { Status = SessionLog.Types.SessionStatus.Start },
    };

    /// <summary>Metrics of a step.</summary>
    public static Event Scalars(long step, IEnumerable<(string Tag, double Value)> scalars) => Of(
        step, scalars.Select(
        scalar => new Summary.Types.Value { Tag = scalar.Tag, SimpleValue = (float)scalar.Value }));

    /// <summary>An image.</summary>
    /// <param name="step">Global steps done.</param>
    /// <param name="tag">What it is called.</param>
    /// <param name="sheet">
    /// The pixels of <paramref name="png"/>: byte [C, H, W], with C 1 for grey and 3 for RGB.
    /// </param>
    /// <param name="png">The encoded image.</param>
    public static Event Image(long step, string tag, Tensor sheet, byte[] png)
    {
        var (channels, height, width) = ((int)sheet.shape[0], (int)sheet.shape[1], (int)sheet.shape[2]);
        var encoded = ByteString.CopyFrom(png);
        var image = new Summary.Types.Image
        {
            Height = height,
            Width = width,
            Colorspace = channels,
            EncodedImageString = encoded,
        };
        return Of(step, [new() { Tag = tag, Image = image }]);
    }

    /// <summary>A text, in Markdown.</summary>
    public static Event Markdown(long step, string tag, string text)
    {
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dim { Size = 1 } } };
        var tensor = new TensorProto
        {
            Dtype = DataType.DtString,
            TensorShape = shape,
            StringVal = { ByteString.CopyFromUtf8(text) },
        };
        var metadata = new SummaryMetadata { PluginData = new() { PluginName = "text" } };
        return Of(step, [new() { Tag = tag, Metadata = metadata, Tensor = tensor }]);
    }

    private static double Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    private static Event Of(long step, IEnumerable<Summary.Types.Value> values) =>
        new() { WallTime = Now, Step = step, Summary = new() { Value = { values } } };
}
