using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Google.Protobuf;
using Tensorboard;

namespace Trainer.Engine.TensorBoard;

/// <summary>
/// A TensorBoard event file: TFRecords of length, checksum, event, checksum. Every start of a run writes a file of its
/// own, which begins with a session start at that step: TensorBoard then forgets what earlier files hold from there on.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private const string Prefix = "events.out.tfevents.";
    private readonly FileStream file;

    /// <summary>Begins a file.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="step">The step at which the run begins or resumes.</param>
    public EventFile(string folder, long step)
    {
        // TensorBoard reads a folder's files in the order of their names. This machine's clock may be behind that of
        // the one that began the run.
        var earlier = Directory.GetFiles(folder, $"{Prefix}*").Select(file => Path.GetFileName(file)[Prefix.Length..])
            .Select(name => long.TryParse(name.Split('.')[0], out var time) ? time : 0).ToList();
        var seconds = Math.Max(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), earlier.Append(0).Max() + 1);
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{Prefix}{seconds:D10}.{Environment.MachineName}.{earlier.Count:D6}");
        file = new FileStream(
            Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        Append(Events.Version());
        Append(Events.SessionStart(step));
    }

    /// <summary>Appends an event and hands it to the operating system.</summary>
    public void Append(Event added)
    {
        var message = added.ToByteArray();
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Checksum(head[..8]));
        Span<byte> tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, Checksum(message));
        file.Write([.. head, .. message, .. tail]);
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    /// <summary>CRC-32C, rotated and shifted as the record format asks.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
            checksum = BitOperations.Crc32C(checksum, value);
        return unchecked(BitOperations.RotateRight(~checksum, 15) + 0xA282EAD8);
    }
}
