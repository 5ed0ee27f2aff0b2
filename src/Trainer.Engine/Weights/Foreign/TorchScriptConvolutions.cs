using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>Reads in a TorchScript archive's code how its convolutions divide their channels.</summary>
internal static class TorchScriptConvolutions
{
    private const long LongestCode = 16 << 20;

    // Without backtracking, which takes the square of a long word's length.
    private static readonly Regex Call = new(
        @"\b(?<name>(torch|ops\.\w+)\.\w*conv\w*)\(", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>
    /// Whether each convolution is known to have one group, so that the first dimension of its weights is the number of
    /// its output channels (of a transposed one, of its input channels).
    /// </summary>
    /// <param name="path">An archive that is whole.</param>
    public static bool HaveOneGroup(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        var code = archive.Entries.Where(entry => entry.FullName.EndsWith(".py", StringComparison.Ordinal)).ToList();
        return code.TrueForAll(entry => entry.Length <= LongestCode && HaveOneGroup(entry));
    }

    private static bool HaveOneGroup(ZipArchiveEntry entry)
    {
        using var reader = new StreamReader(entry.Open());
        return HaveOneGroupIn(reader.ReadToEnd());
    }

    /// <summary>The same of one file of code.</summary>
    internal static bool HaveOneGroupIn(string code)
    {
        foreach (Match call in Call.Matches(code))
        {
            // The place of the number of groups among the arguments; the shorter forms may leave it out.
            var (place, isOptional) = call.Groups["name"].Value switch
            {
                "torch.conv1d" or "torch.conv2d" or "torch.conv3d" => (6, true),
                "torch.conv_transpose1d" or "torch.conv_transpose2d" or "torch.conv_transpose3d" => (6, true),
                "torch.convolution" or "torch._convolution" => (8, false),
                _ => (-1, false),
            };
            var arguments = Arguments(code, call.Index + call.Length);
            if (place < 0 || arguments.Exists(argument => argument.Contains('=', StringComparison.Ordinal))
                || !(place < arguments.Count ? arguments[place] == "1" : isOptional))
                return false;
        }
        return true;
    }

    /// <summary>A call's arguments, from behind its opening parenthesis to the closing one.</summary>
    private static List<string> Arguments(string code, int start)
    {
        var (arguments, depth) = (new List<string>(), 0);
        for (var index = start; index < code.Length; index++)
        {
            var letter = code[index];
            if (depth == 0 && (letter == ',' || letter == ')'))
            {
                arguments.Add(code[start..index].Trim());
                start = index + 1;
                if (letter == ')')
                    break;
            }
            depth += letter switch { '(' or '[' => 1, ')' or ']' => -1, _ => 0 };
        }
        return arguments;
    }
}
