//! NVRTC, the compiler of kernels: a library that comes with the CUDA toolkit, or in a wheel.
//!
//! It is loaded by path and its functions are looked up here, rather than by `cudarc`, which would
//! panic where it is missing and might load another library than the one that was named.

use crate::options::{Target, options};
use crate::search::{OVERRIDE, builtins, candidates, in_folder};
use libloading::Library;
use std::error::Error;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr::null;
use std::sync::OnceLock;

type Program = *mut c_void;
type Status = c_int;
type Size = unsafe extern "C" fn(Program, *mut usize) -> Status;
type Bytes = unsafe extern "C" fn(Program, *mut c_char) -> Status;

/// A loaded NVRTC.
pub struct Nvrtc {
    path: PathBuf,
    version: (c_int, c_int),
    /// Compute capabilities times ten, ascending.
    supported: Vec<u32>,
    error: unsafe extern "C" fn(Status) -> *const c_char,
    create: unsafe extern "C" fn(
        *mut Program,
        *const c_char,
        *const c_char,
        c_int,
        *const *const c_char,
        *const *const c_char,
    ) -> Status,
    compile: unsafe extern "C" fn(Program, c_int, *const *const c_char) -> Status,
    destroy: unsafe extern "C" fn(*mut Program) -> Status,
    log: (Size, Bytes),
    ptx: (Size, Bytes),
    binary: (Size, Bytes),
    /// What the functions are in; they stay as long as it does.
    _libraries: Vec<Library>,
}

impl Nvrtc {
    /// The NVRTC of this process: `ISOSPIKE_NVRTC` if that is set, a library or a folder; else what
    /// the loader finds, what lies in a CUDA toolkit, or what `pip` installed.
    ///
    /// # Errors
    /// What was tried, and how to get it.
    pub fn find() -> Result<&'static Nvrtc, &'static str> {
        static FOUND: OnceLock<Result<Nvrtc, String>> = OnceLock::new();
        let find = || {
            let tried = candidates(|name| std::env::var_os(name).map(PathBuf::from));
            let mut last = "no file of that kind was found".to_owned();
            for path in tried {
                match Nvrtc::open(&path) {
                    Ok(nvrtc) => return Ok(nvrtc),
                    Err(e) => last = e,
                }
            }
            Err(format!(
                "there is no kernel compiler (NVRTC): {last}; `pip install nvidia-cuda-nvrtc-cu12` \
                 brings one, {OVERRIDE} says where one is"
            ))
        };
        FOUND.get_or_init(find).as_ref().map_err(String::as_str)
    }

    /// Loads a library by path or name, or the first of a folder that can be loaded: in it, or
    /// where `pip install --target` puts it.
    ///
    /// # Errors
    /// Why that one, or the last of the folder, cannot be used.
    pub fn open(path: &Path) -> Result<Nvrtc, String> {
        if !path.is_dir() {
            return Nvrtc::load(path);
        }
        let mut last = format!("{}: there is no libnvrtc.so in it", path.display());
        for library in in_folder(path) {
            match Nvrtc::load(&library) {
                Ok(nvrtc) => return Ok(nvrtc),
                Err(e) => last = e,
            }
        }
        Err(last)
    }

    fn load(path: &Path) -> Result<Nvrtc, String> {
        let said = |e: libloading::Error| {
            // The loader's own words are in the source.
            let words = e.source().map_or_else(|| e.to_string(), ToString::to_string);
            format!("{}: {words}", path.display())
        };
        // SAFETY: loading runs the library's own initialisers, as linking to it would.
        let load = |path: &Path| unsafe { Library::new(path) };
        // One that cannot be loaded is missed when something is compiled, if at all.
        let mut libraries: Vec<Library> =
            builtins(path).iter().filter_map(|beside| load(beside).ok()).collect();
        let library = load(path).map_err(said)?;
        macro_rules! function {
            ($name:literal) => {
                // SAFETY: the type is the function's in nvrtc.h; it is kept with the library.
                *unsafe { library.get($name) }.map_err(said)?
            };
        }
        let of_version: unsafe extern "C" fn(*mut c_int, *mut c_int) -> Status =
            function!(c"nvrtcVersion");
        let how_many: unsafe extern "C" fn(*mut c_int) -> Status =
            function!(c"nvrtcGetNumSupportedArchs");
        let which: unsafe extern "C" fn(*mut c_int) -> Status =
            function!(c"nvrtcGetSupportedArchs");
        let mut nvrtc = Nvrtc {
            path: path.to_owned(),
            version: (0, 0),
            supported: Vec::new(),
            error: function!(c"nvrtcGetErrorString"),
            create: function!(c"nvrtcCreateProgram"),
            compile: function!(c"nvrtcCompileProgram"),
            destroy: function!(c"nvrtcDestroyProgram"),
            log: (function!(c"nvrtcGetProgramLogSize"), function!(c"nvrtcGetProgramLog")),
            ptx: (function!(c"nvrtcGetPTXSize"), function!(c"nvrtcGetPTX")),
            binary: (function!(c"nvrtcGetCUBINSize"), function!(c"nvrtcGetCUBIN")),
            _libraries: Vec::new(),
        };
        let mut n = 0;
        let (major, minor) = (&raw mut nvrtc.version.0, &raw mut nvrtc.version.1);
        // SAFETY: each writes what it points to.
        let (version, count) = unsafe { (of_version(major, minor), how_many(&raw mut n)) };
        nvrtc.check(version)?;
        nvrtc.check(count)?;
        let mut architectures = vec![0; n.max(0) as usize];
        // SAFETY: there is room for as many as it just counted.
        nvrtc.check(unsafe { which(architectures.as_mut_ptr()) })?;
        nvrtc.supported = architectures.into_iter().map(|a: c_int| a as u32).collect();
        nvrtc.supported.sort_unstable();
        libraries.push(library);
        nvrtc._libraries = libraries;
        Ok(nvrtc)
    }

    /// Its version, for people: `"12.9"`.
    pub fn version(&self) -> String {
        format!("{}.{}", self.version.0, self.version.1)
    }

    /// Where it was loaded from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The compute capabilities it compiles for, times ten, ascending.
    pub fn supported(&self) -> &[u32] {
        &self.supported
    }

    /// Compiles a text to what a driver loads: machine code, or PTX that ends in a zero.
    ///
    /// # Errors
    /// The compiler's own words.
    pub fn compile(&self, text: &str, target: Target) -> Result<Vec<u8>, String> {
        let c_string = |s: &str| CString::new(s).expect("texts and options have no zeros");
        let (text, options) = (c_string(text), options(target));
        let options: Vec<CString> = options.iter().map(|o| c_string(o)).collect();
        let options: Vec<*const c_char> = options.iter().map(|o| o.as_ptr()).collect();
        let mut program = Destroyed { program: std::ptr::null_mut(), nvrtc: self };
        // SAFETY: the text ends in a zero; no header is given.
        let status = unsafe {
            (self.create)(&raw mut program.program, text.as_ptr(), null(), 0, null(), null())
        };
        self.check(status)?;
        // SAFETY: the program was created above, the options end in zeros.
        let status =
            unsafe { (self.compile)(program.program, options.len() as c_int, options.as_ptr()) };
        if let Err(e) = self.check(status) {
            let log = self.bytes(&program, self.log).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            return Err(format!("{e}: {}", log.trim_matches(['\0', '\n', ' '])));
        }
        match target {
            Target::Binary(_) => self.bytes(&program, self.binary),
            Target::Ptx(_) => self.bytes(&program, self.ptx),
        }
    }

    fn bytes(
        &self,
        program: &Destroyed<'_>,
        (size, get): (Size, Bytes),
    ) -> Result<Vec<u8>, String> {
        let mut n = 0;
        // SAFETY: the program was created and is not destroyed yet.
        self.check(unsafe { size(program.program, &raw mut n) })?;
        let mut bytes = vec![0u8; n];
        // SAFETY: there is room for as many bytes as it just counted.
        self.check(unsafe { get(program.program, bytes.as_mut_ptr().cast()) })?;
        Ok(bytes)
    }

    fn check(&self, status: Status) -> Result<(), String> {
        if status == 0 {
            return Ok(());
        }
        // SAFETY: it returns a text of its own for every number.
        let words = unsafe { CStr::from_ptr((self.error)(status)) };
        Err(words.to_string_lossy().into_owned())
    }
}

/// A program that is destroyed when it is no longer needed.
struct Destroyed<'a> {
    program: Program,
    nvrtc: &'a Nvrtc,
}

impl Drop for Destroyed<'_> {
    fn drop(&mut self) {
        if !self.program.is_null() {
            // SAFETY: created, and destroyed nowhere else. It cannot fail then.
            unsafe { (self.nvrtc.destroy)(&raw mut self.program) };
        }
    }
}
