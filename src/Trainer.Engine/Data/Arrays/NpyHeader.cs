using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Trainer.Engine.Data.Arrays;

/// <summary>
/// The header of an array in NumPy's .npy format, versions 1.0 to 3.0 (numpy.lib.format): a magic number, the version,
/// the length of the rest, and a Python dictionary of the values' type, their order and the shape.
/// </summary>
/// <param name="Type">NumPy's code of the values' type, such as <c>|u1</c> or <c>&lt;f4</c>.</param>
/// <param name="Shape">The lengths of the dimensions, none of them 0.</param>
/// <param name="Length">The bytes before the first value.</param>
internal sealed record NpyHeader(string Type, IReadOnlyList<long> Shape, int Length)
{
    private const int LongestText = 10_000; // NumPy's own limit
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    // Without backtracking, so that no header takes long.
    private static readonly Regex Dictionary = new(
        @"^\{\s*(('descr'\s*:\s*('(?<type>[^']*)'|(?<fields>\[.*\]))|'fortran_order'\s*:\s*(?<fortran>True|False)"
        + @"|'shape'\s*:\s*\((?<shape>[0-9,\s]*)\))\s*,?\s*)+\}\s*$",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);

    /// <summary>The bytes of one value.</summary>
    public int ValueSize => int.Parse(Type.AsSpan(2), CultureInfo.InvariantCulture);

    /// <summary>The shape in words.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">
    /// It is damaged, or of an array that is not read; the message is a predicate of the file.
    /// </exception>
    public static NpyHeader Read(CountingReader source)
    {
        Span<byte> start = stackalloc byte[8];
        source.Fill(start, "the .npy format's magic number and version");
        if (!start[..6].SequenceEqual(Magic))
            throw new InvalidDataException(
                $"begins with {Convert.ToHexStringLower(start[..6])}, expected {Convert.ToHexStringLower(Magic)} "
                + "(an array that numpy.save has written)");
        if (start[6] is not (1 or 2 or 3))
            throw new InvalidDataException($"is of version {start[6]}.{start[7]} of .npy, expected 1.0, 2.0 or 3.0");
        Span<byte> number = stackalloc byte[4];
        number.Clear();
        var lengthBytes = start[6] == 1 ? 2 : 4;
        source.Fill(number[..lengthBytes], "the length of the header");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(number);
        if (length > LongestText)
            throw new InvalidDataException(
                $"says at offset 8 that its header has {length} bytes, expected at most {LongestText}");
        var text = new byte[length];
        source.Fill(text, $"a header of {length} bytes");
        return Parse((start[6] == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(text), start.Length + lengthBytes);
    }

    private static NpyHeader Parse(string text, int offset)
    {
        var match = Dictionary.Match(text);
        var (type, shape) = (match.Groups["type"], match.Groups["shape"]);
        if (match.Groups["fields"].Success)
            throw new InvalidDataException(
                "holds records of several fields, expected one number for each value; save each field by itself");
        if (!type.Success || !shape.Success || !match.Groups["fortran"].Success)
            throw new InvalidDataException(
                $"has at offset {offset} a header other than a dictionary of descr, fortran_order and shape");
        CheckType(type.Value);
        if (match.Groups["fortran"].Value == "True")
            throw new InvalidDataException(
                "holds its values column by column (fortran_order), expected row by row; save "
                + "numpy.ascontiguousarray(array)");
        return new(type.Value, Lengths(shape.Value), offset + text.Length);
    }

    private static void CheckType(string type)
    {
        if (type.StartsWith("|O", StringComparison.Ordinal))
            throw new InvalidDataException(
                "holds Python objects, which only pickle reads and which could run any program, expected numbers; "
                + "save images.astype(\"uint8\") and labels.astype(\"int64\")");
        if (type.StartsWith('>'))
            throw new InvalidDataException(
                $"holds big-endian values ({type}), expected little-endian ones; save "
                + "array.astype(array.dtype.newbyteorder(\"<\"))");
        if (!Regex.IsMatch(type, "^(\\|[ui]1|<[uif][248])$", RegexOptions.CultureInvariant) || type is "<u1" or "<i1")
            throw new InvalidDataException(
                $"holds values of type {type}, expected integers or floating-point numbers of 1, 2, 4 or 8 bytes");
    }

    private static List<long> Lengths(string shape)
    {
        var lengths = new List<long>();
        foreach (var part in shape.Split(
            ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            lengths.Add(long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                && length > 0 ? length
                : throw new InvalidDataException(
                    $"has the shape ({shape}), expected whole numbers from 1 to {long.MaxValue}"));
        return lengths.Count > 0 ? lengths
            : throw new InvalidDataException("has the shape (), expected at least one dimension");
    }
}
