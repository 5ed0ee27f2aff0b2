using System.Runtime.InteropServices;
using System.Text;
using Trainer.Recipes;

namespace Trainer.Engine.Distributed.Mpi;

/// <summary>
/// The machine's MPI: Open MPI, whose handles are addresses of exported symbols, or one of the MPICH family (MPICH,
/// Intel MPI, MVAPICH), whose handles are numbers.
/// </summary>
internal sealed class MpiLibrary
{
    // From the header of MPICH; the whole family has these numbers.
    private const nint MpichWorld = 0x44000000;
    private const nint MpichByte = 0x4c00010d;
    private const nint MpichErrorsReturn = 0x54000001;
    private const nint MpichStatusIgnore = 1;

    // Plugins of Open MPI look for its symbols in the whole process.
    private const int LoadNow = 2;
    private const int LoadGlobal = 0x100;

    private const int LongestText = 8192;
    private readonly nint library;

    private MpiLibrary(nint library, string name)
    {
        (this.library, Name) = (library, name);
        if (NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out var world))
        {
            (World, Byte, ErrorsReturn) = (world, NativeLibrary.GetExport(library, "ompi_mpi_byte"),
                NativeLibrary.GetExport(library, "ompi_mpi_errors_return"));
        }
        else
        {
            (World, Byte, ErrorsReturn) = (MpichWorld, MpichByte, MpichErrorsReturn);
            StatusIgnore = MpichStatusIgnore;
        }
        (Barrier, Finalise, Abort) = (Get<OfComm>("MPI_Barrier"), Get<NoArguments>("MPI_Finalize"),
            Get<Aborting>("MPI_Abort"));
        (AllToAll, AllGather) = (Get<Exchanging>("MPI_Alltoall"), Get<Exchanging>("MPI_Allgather"));
        Broadcast = Get<Broadcasting>("MPI_Bcast");
        (Send, Receive, Probe) = (Get<Sending>("MPI_Send"), Get<Receiving>("MPI_Recv"), Get<Probing>("MPI_Iprobe"));
    }

    internal delegate int NoArguments();

    internal delegate int OfComm(nint comm);

    internal delegate int Aborting(nint comm, int code);

    internal delegate int Exchanging(
        ref byte send, int sent, nint sentType, ref byte receive, int received, nint receivedType, nint comm);

    internal delegate int Broadcasting(ref byte buffer, int count, nint type, int root, nint comm);

    internal delegate int Sending(ref byte buffer, int count, nint type, int rank, int tag, nint comm);

    internal delegate int Receiving(ref byte buffer, int count, nint type, int rank, int tag, nint comm, nint status);

    internal delegate int Probing(int rank, int tag, nint comm, out int found, nint status);

    private delegate int Initialising(nint arguments, nint values, int required, out int provided);

    private delegate int Counting(nint comm, out int value);

    private delegate int Handling(nint comm, nint handler);

    private delegate int Describing(int code, byte[] text, out int length);

    private delegate int Naming(byte[] text, out int length);

    /// <summary>The file's name.</summary>
    public string Name { get; }

    /// <summary>MPI_COMM_WORLD.</summary>
    public nint World { get; }

    /// <summary>MPI_BYTE.</summary>
    public nint Byte { get; }

    public OfComm Barrier { get; }

    public NoArguments Finalise { get; }

    public Aborting Abort { get; }

    public Exchanging AllToAll { get; }

    public Exchanging AllGather { get; }

    public Broadcasting Broadcast { get; }

    public Sending Send { get; }

    public Receiving Receive { get; }

    public Probing Probe { get; }

    /// <summary>MPI_STATUS_IGNORE; Open MPI's is the null pointer.</summary>
    public nint StatusIgnore { get; }

    private nint ErrorsReturn { get; }

    /// <summary>Loads the first of some libraries that is there.</summary>
    /// <exception cref="TrainerException">None is there, or the first one is not MPI.</exception>
    public static MpiLibrary Load(IReadOnlyList<string> names)
    {
        var faults = new List<string>();
        foreach (var name in names)
            if (Open(name, faults) is var library and not 0)
            {
                try
                {
                    return new(library, name);
                }
                catch (EntryPointNotFoundException exception)
                {
                    throw new TrainerException(
                        ErrorKind.Device, $"The library {name} is no MPI that can be used: "
                        + $"{exception.Message.TrimEnd('.')}. Name another with {Launcher.LibraryVariable}.",
                        exception);
                }
            }
        throw new TrainerException(
            ErrorKind.Device, $"No MPI library was found: looked for {string.Join(", ", names)}"
            + $"{string.Concat(faults.Select(fault => $"; {fault}"))}. Install Open MPI or MPICH, or name the library "
            + $"with {Launcher.LibraryVariable}.");
    }

    /// <summary>Begins MPI, and has it return errors where it would end the process.</summary>
    /// <returns>Rank and number of processes.</returns>
    /// <exception cref="TrainerException">It cannot begin, or allows no threads.</exception>
    public (int Rank, int Size) Begin()
    {
        // Processes that share tasks send and receive on two threads, one at a time.
        const int serialised = 2;
        Check(Get<Initialising>("MPI_Init_thread")(0, 0, serialised, out var provided), "MPI_Init_thread");
        if (provided < serialised)
            throw new TrainerException(
                ErrorKind.Device, $"{Name} does not allow programs with threads (found level {provided}, expected "
                + $"{serialised}). Name another MPI library with {Launcher.LibraryVariable}.");
        Check(Get<Handling>("MPI_Comm_set_errhandler")(World, ErrorsReturn), "MPI_Comm_set_errhandler");
        Check(Get<Counting>("MPI_Comm_rank")(World, out var rank), "MPI_Comm_rank");
        Check(Get<Counting>("MPI_Comm_size")(World, out var size), "MPI_Comm_size");
        return (rank, size);
    }

    /// <summary>The library's name and version as it states them, on one line.</summary>
    public string Describe()
    {
        var text = new byte[LongestText];
        return Get<Naming>("MPI_Get_library_version")(text, out var length) == 0
            ? string.Join(" ", Encoding.UTF8.GetString(text, 0, length).Trim('\0')
                .Split('\n', ',')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            : Name;
    }

    /// <summary>Throws where a function of MPI has failed.</summary>
    /// <param name="code">What it returned: 0 for success.</param>
    /// <param name="function">Its name.</param>
    /// <exception cref="TrainerException">It has failed.</exception>
    public void Check(int code, string function)
    {
        if (code == 0)
            return;
        var text = new byte[LongestText];
        var described = Get<Describing>("MPI_Error_string")(code, text, out var length) == 0
            ? Encoding.UTF8.GetString(text, 0, length).Trim('\0', '\n') : $"code {code}";
        throw new TrainerException(
            ErrorKind.Other, $"{function} of {Name} failed: {described}. Run the same command again to resume from the "
            + "last checkpoint.");
    }

    /// <summary>Opens a library.</summary>
    /// <param name="name">Its name, or its file.</param>
    /// <param name="faults">Gets why a library that is there cannot be loaded.</param>
    /// <returns>0 where it cannot.</returns>
    private static nint Open(string name, List<string> faults)
    {
        // The first call looks the function up, which would replace the fault.
        _ = LastFault();
        var library = Open(name, LoadNow | LoadGlobal);
        if (library == 0 && Marshal.PtrToStringUTF8(LastFault()) is { } fault
            && !fault.StartsWith($"{name}: cannot open shared object file: No such file", StringComparison.Ordinal))
            faults.Add(fault);
        return library;
    }

    private T Get<T>(string function)
        where T : Delegate =>
        Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, function));

    [DllImport("libc", EntryPoint = "dlopen", CharSet = CharSet.Ansi, BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Open(string name, int flags);

    [DllImport("libc", EntryPoint = "dlerror")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint LastFault();
}
