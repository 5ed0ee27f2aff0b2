using System.Numerics;
using Parquet;
using Parquet.Schema;
using Trainer.Recipes;

namespace Trainer.Engine.Data.Encoded;

/// <summary>Images and labels in columns of one Parquet file, read one row group after the other.</summary>
internal sealed class ParquetImages : IDisposable
{
    private readonly string path;
    private readonly FileStream stream;
    private readonly ParquetReader reader;
    private readonly DataField images;
    private readonly DataField labels;

    private ParquetImages(string path, FileStream stream, string imageColumn, string labelColumn)
    {
        (this.path, this.stream) = (path, stream);
        reader = Guarded(() => Wait(ParquetReader.CreateAsync(stream)));
        var (fields, metadata) = Guarded(() => (reader.Schema.GetDataFields(), reader.CustomMetadata));
        images = fields.FirstOrDefault(field =>
            (Name(field) == imageColumn || Name(field) == $"{imageColumn}.bytes")
            && field.ClrType == typeof(ReadOnlyMemory<byte>) && field.MaxRepetitionLevel == 0)
            ?? throw Missing(fields, "imageColumn", imageColumn, "encoded images, as binary or as a struct with bytes");
        labels = fields.FirstOrDefault(field =>
            Name(field) == labelColumn && IsWhole(field.ClrType) && field.MaxRepetitionLevel == 0)
            ?? throw Missing(fields, "labelColumn", labelColumn, "integers");
        ClassNames = metadata.TryGetValue(ClassLabelNames.Key, out var json)
            ? ClassLabelNames.Read(json, labelColumn) : null;
    }

    /// <summary>The names of the classes; null where the file has none.</summary>
    public IReadOnlyList<string>? ClassNames { get; }

    /// <summary>The number of images.</summary>
    public long Count => reader.RowGroups.Sum(group => group.RowCount);

    /// <summary>Opens a file and finds its columns.</summary>
    /// <exception cref="TrainerException">It cannot be read, or it lacks a column.</exception>
    public static ParquetImages Open(string path, string imageColumn, string labelColumn) => OwnData.Read(path, () =>
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return new ParquetImages(path, stream, imageColumn, labelColumn);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    });

    /// <summary>The images in their order; those of one row group are in memory at a time.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <exception cref="TrainerException">A row cannot be read, or its label is out of range.</exception>
    public IEnumerable<EncodedImage> Read(int classes)
    {
        var first = 0L;
        foreach (var group in reader.RowGroups)
        {
            var (bytes, classOf) = OwnData.Read(
                path, () => (Column<ReadOnlyMemory<byte>>(group, images, first), Labels(group, first)));
            for (var row = 0; row < bytes.Length; row++)
            {
                var (place, content) = ($"{path}, row {first + row},", bytes[row]);
                if (classOf[row] < 0 || classOf[row] >= classes)
                    throw OwnData.Fault(
                        place, $"has the label {classOf[row]}, expected 0 to {classes - 1}",
                        "Correct or replace the file");
                yield return new(place, classOf[row], () => content.ToArray());
            }
            first += bytes.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private long[] Labels(ParquetRowGroupReader group, long first) => Type.GetTypeCode(labels.ClrType) switch
    {
        TypeCode.SByte => Widen<sbyte>(group, first),
        TypeCode.Byte => Widen<byte>(group, first),
        TypeCode.Int16 => Widen<short>(group, first),
        TypeCode.UInt16 => Widen<ushort>(group, first),
        TypeCode.Int32 => Widen<int>(group, first),
        TypeCode.UInt32 => Widen<uint>(group, first),
        TypeCode.UInt64 => Widen<ulong>(group, first),
        _ => Widen<long>(group, first),
    };

    private long[] Widen<T>(ParquetRowGroupReader group, long first)
        where T : struct, IBinaryInteger<T> =>
        Array.ConvertAll(Column<T>(group, labels, first), long.CreateSaturating);

    /// <summary>The values of a column, none of which is null.</summary>
    private T[] Column<T>(ParquetRowGroupReader group, DataField field, long first)
        where T : struct
    {
        var (rows, found) = (group.RowCount, group.GetMetadata(field)?.MetaData?.NumValues ?? 0);
        // Fewer bytes than rows could only hold one image again and again: nothing is allocated for such a promise.
        if (rows < 0 || rows != found || rows > stream.Length)
            throw new InvalidDataException(
                $"promises {rows} rows from row {first} on, but has {found} values in column '{Name(field)}' and "
                + $"{stream.Length} bytes in all");
        var (values, levels) = (new T[rows], new int[field.MaxDefinitionLevel > 0 ? rows : 0]);
        Guarded(() => Wait(group.ReadRawAsync<T>(
            field, values, field.MaxDefinitionLevel > 0 ? levels.AsMemory() : null, null).AsTask()));
        // A row is null where its level is not the highest: the column's own, or that of the struct around it.
        if (levels.AsSpan().IndexOfAnyExcept(field.MaxDefinitionLevel) is var row and >= 0)
            throw new InvalidDataException(
                $"holds no value in column '{Name(field)}' of row {first + row}, expected one in each row");
        return values;
    }

    /// <summary>Calls the library, which throws whatever its code meets in a damaged file.</summary>
    private static T Guarded<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new InvalidDataException(
                $"cannot be read as Parquet ({error.GetType().Name}: {error.Message.TrimEnd('.')})", error);
        }
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static bool Wait(Task task)
    {
        task.GetAwaiter().GetResult();
        return true;
    }

    private static string Name(DataField field) => string.Join('.', field.Path.ToList());

    private static bool IsWhole(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    private static TrainerException Missing(DataField[] fields, string key, string column, string content) => new(
        ErrorKind.Recipe, $"data.{key} is '{column}', but no such column holds {content}. The columns are "
        + $"{string.Join(", ", fields.Select(field => $"{Name(field)} ({Content(field.ClrType)})"))}.");

    private static string Content(Type type) =>
        type == typeof(ReadOnlyMemory<byte>) ? "binary" : type == typeof(ReadOnlyMemory<char>) ? "text" : type.Name;
}
