using Google.Protobuf;

namespace Trainer.Engine.TensorBoard;

/// <summary>TensorBoard's events as protocol buffers. The numbers are the fields of tensorflow's event.proto, summary.proto and tensor.proto.</summary>
internal static class Event
{
    private const int StringType = 7;

    /// <summary>What a file begins with.</summary>
    public static byte[] Version() => Of(0, output => Text(output, 3, "brain.Event:2"));

    /// <summary>A session start: earlier files are void from this step on.</summary>
    public static byte[] SessionStart(long step) => Of(step, output => Message(output, 7, log => Number(log, 1, 1)));

    /// <summary>Metrics of a step.</summary>
    public static byte[] Scalars(long step, IEnumerable<(string Tag, double Value)> scalars) => Of(step, output => Message(output, 5, summary =>
    {
        foreach (var (tag, value) in scalars)
        {
            Message(summary, 1, entry =>
            {
                Text(entry, 1, tag);
                entry.WriteTag(2, WireFormat.WireType.Fixed32);
                entry.WriteFloat((float)value);
            });
        }
    }));

    /// <summary>An image.</summary>
    /// <param name="step">Global steps done.</param>
    /// <param name="tag">What it is called.</param>
    /// <param name="image">PNG.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    public static byte[] Image(long step, string tag, byte[] image, int width, int height, int channels) => Of(step, output => Message(output, 5, summary => Message(summary, 1, entry =>
    {
        Text(entry, 1, tag);
        Message(entry, 4, body =>
        {
            Number(body, 1, height);
            Number(body, 2, width);
            Number(body, 3, channels);
            body.WriteTag(4, WireFormat.WireType.LengthDelimited);
            body.WriteBytes(ByteString.CopyFrom(image));
        });
    })));

    /// <summary>A text, in Markdown.</summary>
    public static byte[] Markdown(long step, string tag, string text) => Of(step, output => Message(output, 5, summary => Message(summary, 1, entry =>
    {
        Text(entry, 1, tag);
        Message(entry, 9, metadata => Message(metadata, 1, plugin => Text(plugin, 1, "text")));
        Message(entry, 8, tensor =>
        {
            Number(tensor, 1, StringType);
            Message(tensor, 2, shape => Message(shape, 2, dimension => Number(dimension, 1, 1)));
            Text(tensor, 8, text);
        });
    })));

    private static byte[] Of(long step, Action<CodedOutputStream> what) => Bytes(output =>
    {
        output.WriteTag(1, WireFormat.WireType.Fixed64);
        output.WriteDouble(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
        Number(output, 2, step);
        what(output);
    });

    private static void Number(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static void Text(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static void Message(CodedOutputStream output, int field, Action<CodedOutputStream> body)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Bytes(body)));
    }

    private static byte[] Bytes(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
            write(output);
        return memory.ToArray();
    }
}
