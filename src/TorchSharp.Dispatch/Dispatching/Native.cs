using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp.Dispatching;

/// <summary>The native library: found, loaded and checked once, on the first call that needs it.</summary>
internal static class Native
{
    private const int Abi = 2;
    private static readonly Lazy<string[]> missing = new(Load);

    public static string Version => Marshal.PtrToStringUTF8(NativeMethods.td_version()) ?? "";

    /// <summary>Operators that this assembly names and the loaded libtorch lacks.</summary>
    public static IReadOnlyList<string> MissingOperators => missing.Value;

    public static void EnsureLoaded() => _ = missing.Value;

    public static unsafe int CallOperator(nint target, Value* arguments, int count, Value* results, int resultCount) =>
        NativeMethods.td_operator_call(target, arguments, count, results, resultCount);

    public static unsafe nint FindOperator(string name, string overload)
    {
        var nameText = Marshal.StringToCoTaskMemUTF8(name);
        var overloadText = Marshal.StringToCoTaskMemUTF8(overload);
        nint result;
        var status = NativeMethods.td_operator_find(nameText, overloadText, &result);
        Marshal.FreeCoTaskMem(nameText);
        Marshal.FreeCoTaskMem(overloadText);
        Check(status);
        return result;
    }

    /// <summary>Throws what libtorch said when a native call failed.</summary>
    /// <exception cref="ExternalException">The call failed; the message is libtorch's.</exception>
    public static void Check(int status)
    {
        if (status != 0) Throw();
    }

    public static void Throw() => throw new ExternalException(Marshal.PtrToStringUTF8(NativeMethods.td_last_error()));

    private static string[] Load()
    {
        var found = NativeMethods.td_abi();
        if (found != Abi)
        {
            throw new NotSupportedException(
                $"{NativeMethods.Library} speaks version {found} of the interface, this build {Abi}: run scripts/setup.sh and build again");
        }

        var lacking = AllOperators().Where(candidate => !candidate.Exists()).Select(candidate => candidate.Name).Order(StringComparer.Ordinal).ToArray();
        if (lacking.Length > 0)
            Console.Error.WriteLine($"libtorch {Version} lacks {lacking.Length} operators that TorchSharp.Dispatch knows; calling one throws: {string.Join(", ", lacking)}");
        return lacking;
    }

    private static IEnumerable<Operator> AllOperators() =>
        from type in typeof(Native).Assembly.GetTypes()
        where !type.ContainsGenericParameters
        from field in type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where field.FieldType == typeof(Operator)
        let candidate = (Operator?)field.GetValue(null)
        where candidate is not null
        select candidate;
}
