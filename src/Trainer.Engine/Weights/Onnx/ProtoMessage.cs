using Google.Protobuf;

namespace Trainer.Engine.Weights.Onnx;

/// <summary>A message in protobuf's wire format. ONNX needs a dozen messages, too few for generated classes.</summary>
internal sealed class ProtoMessage
{
    // In their order; the values of tensors are not copied.
    private readonly List<ReadOnlyMemory<byte>> parts = [];

    /// <summary>A field of a whole number or an enumeration.</summary>
    public ProtoMessage Integer(int field, long value) => Write(field, WireFormat.WireType.Varint, output =>
        output.WriteInt64(value));

    /// <summary>A float field.</summary>
    public ProtoMessage Float(int field, float value) => Write(field, WireFormat.WireType.Fixed32, output =>
        output.WriteFloat(value));

    /// <summary>A text field.</summary>
    public ProtoMessage Text(int field, string value) => Write(field, WireFormat.WireType.LengthDelimited, output =>
        output.WriteString(value));

    /// <summary>A field of bytes, which must not change before the message is written.</summary>
    public ProtoMessage Bytes(int field, ReadOnlyMemory<byte> value) => Append(field, [value]);

    /// <summary>A field of a message; given again, the field repeats.</summary>
    public ProtoMessage Message(int field, ProtoMessage value) => Append(field, value.parts);

    /// <summary>Writes the message to a stream.</summary>
    public void WriteTo(Stream stream)
    {
        foreach (var part in parts)
            stream.Write(part.Span);
    }

    /// <exception cref="NotSupportedException">The value is longer than protobuf's messages may be.</exception>
    private ProtoMessage Append(int field, List<ReadOnlyMemory<byte>> value)
    {
        var length = value.Sum(part => (long)part.Length);
        if (length > int.MaxValue)
            throw new NotSupportedException(
                $"Found a network of {length} bytes, expected at most {int.MaxValue} in one ONNX file.");
        Write(field, WireFormat.WireType.LengthDelimited, output => output.WriteLength((int)length));
        parts.AddRange(value);
        return this;
    }

    private ProtoMessage Write(int field, WireFormat.WireType type, Action<CodedOutputStream> value)
    {
        var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes))
        {
            output.WriteTag(field, type);
            value(output);
        }
        parts.Add(bytes.ToArray());
        return this;
    }
}
