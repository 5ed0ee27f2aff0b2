namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>
            /// The live parameters and persistent buffers by key: all parameters first, then all buffers, each in the order of registration
            /// (PyTorch has them module by module).
            /// </summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                var start = string.IsNullOrEmpty(prefix) ? "" : $"{prefix}.";
                foreach (var (key, parameter) in named_parameters()) destination.TryAdd(start + key, parameter);
                foreach (var (key, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(start + key, buffer);
                foreach (var (key, child) in named_children()) child.state_dict(destination, start + key);
                return destination;
            }

            /// <summary>Copies values into the parameters and buffers that are there; no object is replaced. Shapes are broadcast.</summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                bool Considered(string key) => skip is null || !skip.Contains(key);
                var missing = destination.Keys.Where(key => Considered(key) && !source.ContainsKey(key)).ToList();
                var unexpected = source.Keys.Where(key => Considered(key) && !destination.ContainsKey(key)).ToList();
                if (strict && missing.Count + unexpected.Count > 0)
                {
                    throw new InvalidOperationException(
                        "The loaded state_dict is not identical to the target dictionary." +
                        $" Missing: [{string.Join(", ", missing)}]. Unexpected: [{string.Join(", ", unexpected)}].");
                }

                using var _ = no_grad();
                foreach (var (key, value) in source)
                    if (Considered(key) && destination.TryGetValue(key, out var target)) target.copy_(value);
                return (missing, unexpected);
            }
        }
    }
}
